"""Write ``docs/evidence.md`` anew."""

from movement_lab.evidence import PAGE, build_evidence

if __name__ == "__main__":
    PAGE.write_text(build_evidence(), encoding="utf-8", newline="\n")
