// What stands on the stage: one sentence at a time, the coach's list, count, phase, small facts.
const STAYS_MS = 2000;
const MARKS = {
  ok: "M5 12.8l4.6 4.6L19.5 7",
  attention: "M5 9.5h9.5a5 5 0 0 1 0 10H11M5 9.5l4-4M5 9.5l4 4",
  unknown: "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17",
};
const ARROWS = { set: "M5 12h14", down: "M12 4v16M5 13l7 7 7-7", bottom: "M5 20h14M12 4v10M7 9l5 5 5-5", up: "M12 20V4M5 11l7-7 7 7" };

const byId = (id) => document.getElementById(id);

export class Stage {
  constructor(words, touch) {
    this.words = words;
    this.touch = touch;
    this.sentence = { id: "", at: 0 };
    this.next = 0;
    this.rows = {};
  }

  fill(key, values = {}) {
    const text = this.words[key] ?? "";
    return text.replace(/\{(\w+)\}/g, (_, name) => this.#number(values[name]));
  }

  #number(value) {
    return typeof value === "number" ? String(value).replace(".", this.words["decimal"]) : (value ?? "");
  }

  /** Show a sentence once the one before has stood long enough; returns its text when it is shown. */
  say(id, moreId = id) {
    clearTimeout(this.next);
    if (this.sentence.id === id && this.sentence.more === moreId) return;
    const wait = this.sentence.at + STAYS_MS - performance.now();
    if (wait > 0) this.next = setTimeout(() => this.sayNow(id, moreId), wait);
    else this.sayNow(id, moreId);
  }

  sayNow(id, moreId = id) {
    clearTimeout(this.next);
    const spoken = this.sentence.id !== id;
    this.sentence = { id, more: moreId, at: performance.now() };
    byId("sentence").textContent = this.fill(`sentence.${id}`);
    const touch = `more_touch.${moreId}`;
    byId("more").textContent = this.fill(this.touch && touch in this.words ? touch : `more.${moreId}`);
    if (spoken) this.onSentence?.(this.fill(`sentence.${id}`));
  }

  /** The coach's list: a mark, a name, a short figure. */
  checks(checks, view) {
    for (const check of checks) {
      const row = (this.rows[check.id] ??= this.#row(check.id));
      row.item.className = { attention: "warn", unknown: "wait", ok: "" }[check.state];
      row.mark.setAttribute("d", MARKS[check.state]);
      row.name.textContent = this.fill(check.id === "view" ? `check.view_${view}` : `check.${check.id}`);
      row.state.textContent = `: ${this.fill(`state.${check.state}`)}`;
      row.figure.textContent = check.figure ? this.fill(`figure.${check.figure}`, check.values) : "";
    }
  }

  #row(id) {
    const item = byId("coach").appendChild(byId("coach-row").content.firstElementChild.cloneNode(true));
    item.dataset.check = id;
    const [mark, name, state, figure] = ["path", ".name", ".sr", ".val"].map((select) => item.querySelector(select));
    return { item, mark, name, state, figure };
  }

  count(count, goal) {
    byId("count").textContent = count;
    byId("count").setAttribute("aria-label", this.fill("page.reps_label", { count }));
    byId("of").textContent = goal ? this.fill("page.of_reps", { count: goal }) : "";
    byId("count").classList.toggle("long", count > 99);
  }

  /** One dot a repetition: done, under way, to come. */
  dots(count, goal, phase) {
    const dots = byId("dots");
    const shown = goal && goal <= 10 ? goal : 0;
    while (dots.children.length > shown) dots.lastChild.remove();
    while (dots.children.length < shown) dots.append(document.createElement("i"));
    [...dots.children].forEach((dot, i) => {
      dot.className = i < count ? "d" : i === count && phase && phase !== "set" ? "h" : "";
    });
  }

  phase(phase) {
    if (byId("phase").dataset.phase === phase) return;
    byId("phase").dataset.phase = phase;
    byId("phase-mark").setAttribute("d", ARROWS[phase]);
    byId("phase-word").textContent = this.fill(`phase.${phase}`);
  }

  text(id, key, values) {
    const text = key ? this.fill(key, values) : "";
    if (byId(id).textContent !== text) byId(id).textContent = text;
  }

  notice(text) {
    byId("notice").textContent = text;
    byId("notice").hidden = !text;
  }
}
