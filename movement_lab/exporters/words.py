"""Sentences and numbers in one language and profile, ready for a template."""

from dataclasses import dataclass

from movement_lab.records import Finding
from movement_lab.wording import format_range, format_value, say


@dataclass(frozen=True, slots=True)
class Words:
    """``words("report.label.value")`` and the like; numbers as people read them."""

    language: str = "en"
    profile: str = "clinician"

    def __call__(self, key: str, **values: object) -> str:
        """Return the words for a key."""
        return say(key, language=self.language, profile=self.profile, **values)

    @property
    def wellness(self) -> bool:
        """True where no step, limit or evidence class may be in the page."""
        return self.profile == "wellness"

    def value(self, value: float, unit: str) -> str:
        """Return "12°", or "–" for NaN."""
        return format_value(value, unit, self.language)

    def span(self, low: float, high: float, unit: str) -> str:
        """Return "9–15", or "–" for NaN."""
        return format_range(low, high, unit, self.language)

    def both_intervals(self, finding: Finding) -> str:
        """Return "9°, 95 % interval 5–13, 80 % interval 6–12"."""
        return self(
            "report.text.value_both",
            value=self.value(finding.value, finding.unit),
            low_high=self.span(finding.low, finding.high, finding.unit),
            low_high_95=self.span(finding.low95, finding.high95, finding.unit),
        )

    def reasons(self, ids: tuple[str, ...]) -> list[str]:
        """Return a sentence for each reason."""
        return [self(f"reason.{id}") for id in ids]
