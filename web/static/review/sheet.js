// The side sheet: movement, view, task, repetitions, standing, person; then everything is assessed anew.
import { ask } from "../api.js";
import { Marks } from "./marks.js";
import { Strip } from "./strip.js";

const BORDERS = ["start_s", "turn_s", "end_s"];
const TASKS = { instructed: "instructed", upright: "upright" };

export class Sheet {
  constructor(form, opener, page, clock) {
    Object.assign(this, { form, opener, page, clock, texts: page.texts });
    this.list = form.querySelector("#marks");
    this.asked = this.choices();
    this.begin();
    this.strip = new Strip(form.querySelector("#strip"), {
      curve: page.strip,
      duration: page.duration_s,
      gap: clock.gap(),
      onMove: (id, time) => this.moved(id, time),
    });
    this.listen();
    clock.listen((time) => this.strip.place(time));
  }

  begin() {
    const { reps, found, duration_s: duration } = this.page;
    this.marks = new Marks({ reps, standing: found.standing, duration, gap: this.clock.gap() });
    this.again = { reps: false, standing: false };
  }

  choices() {
    const { movement, view, task } = this.form.elements;
    return { movement: movement.value, view: view.value, task: task.value };
  }

  listen() {
    const { form } = this;
    this.opener.addEventListener("click", () => this.open(form.hidden));
    form.querySelector("[data-close]").addEventListener("click", () => this.open(false));
    form.addEventListener("keydown", (event) => event.key === "Escape" && this.open(false));
    form.querySelector("[data-add]").addEventListener("click", () => this.add());
    form.querySelector("[data-find-reps]").addEventListener("click", () => this.findAgain("reps"));
    form.querySelector("[data-find-standing]").addEventListener("click", () => this.findAgain("standing"));
    ["standing_start", "standing_end"].forEach((name, end) =>
      form.elements[name].addEventListener("change", (event) => this.typedStanding(end, event.target.valueAsNumber)),
    );
    form.querySelectorAll("[data-person]").forEach((button) =>
      button.addEventListener("click", () => this.follow(+button.dataset.person)),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.apply();
    });
  }

  open(wanted) {
    this.form.hidden = !wanted;
    this.opener.setAttribute("aria-expanded", String(wanted));
    this.form.closest(".bench").classList.toggle("adjusting", wanted);
    if (!wanted) return this.opener.focus();
    this.draw();
    this.form.querySelector("[data-close]").focus();
    this.form.scrollIntoView({ block: "nearest" });
  }

  draw() {
    const { reps, standing } = this.marks;
    const spans = reps.map((rep) => ({ from: rep.start_s, to: rep.end_s, kind: "ph2" }));
    if (standing) spans.push({ from: standing[0], to: standing[1], kind: "standing-span" });
    const marks = reps.flatMap((rep, index) => BORDERS.map((name) => this.mark(`${index}.${name}`, rep[name], name.slice(0, -2), index)));
    if (standing) standing.forEach((time, end) => marks.push(this.mark(`standing.${end}`, time, "standing", end)));
    this.strip.draw(spans, marks);
    this.drawList();
    this.say();
  }

  mark(id, time, kind, index) {
    const label = kind === "standing" ? this.texts[index ? "sheet.standing_end" : "sheet.standing_start"] : this.texts[`sheet.${kind}_of`].replace("{rep}", index + 1);
    return { id, time, kind, label, text: `${time.toFixed(2)} s` };
  }

  drawList() {
    const rows = [...this.list.children];
    rows.slice(this.marks.reps.length).forEach((row) => row.remove());
    this.marks.reps.forEach((rep, index) => {
      const row = rows[index] || this.list.appendChild(this.makeRow(index));
      BORDERS.forEach((name) => {
        const input = row.querySelector(`[name="${name}"]`);
        if (input !== document.activeElement) input.value = rep[name].toFixed(2);
      });
    });
    const { standing_start: from, standing_end: to } = this.form.elements;
    const standing = this.marks.standing;
    if (from !== document.activeElement) from.value = standing ? standing[0].toFixed(2) : "";
    if (to !== document.activeElement) to.value = standing ? standing[1].toFixed(2) : "";
  }

  makeRow(index) {
    const row = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = index + 1;
    name.className = "number";
    row.append(name, ...BORDERS.map((border) => this.makeField(index, border)));
    const remove = document.createElement("button");
    Object.assign(remove, { type: "button", className: "btn quiet", textContent: this.texts["sheet.remove"] });
    remove.setAttribute("aria-label", this.texts["sheet.remove_rep"].replace("{rep}", index + 1));
    remove.addEventListener("click", () => this.remove(index));
    row.append(remove);
    return row;
  }

  makeField(index, border) {
    const label = document.createElement("label");
    const kind = border.slice(0, -2);
    label.textContent = this.texts[`sheet.${kind}`];
    const input = document.createElement("input");
    Object.assign(input, { type: "number", name: border, min: 0, max: this.page.duration_s, step: 0.01, inputMode: "decimal" });
    input.setAttribute("aria-label", `${this.texts[`sheet.${kind}_of`].replace("{rep}", index + 1)}, s`);
    input.addEventListener("change", () => {
      if (Number.isFinite(input.valueAsNumber)) this.moved(`${index}.${border}`, input.valueAsNumber);
      input.value = this.marks.reps[index][border].toFixed(2);
    });
    label.append(input);
    return label;
  }

  moved(id, time) {
    const [which, name] = id.split(".");
    const at = which === "standing" ? this.marks.moveStanding(+name, time) : this.marks.moveRep(+which, name, time);
    this.again[which === "standing" ? "standing" : "reps"] = false;
    this.draw();
    this.clock.go(at);
  }

  typedStanding(end, time) {
    if (!Number.isFinite(time)) return this.draw();
    if (!this.marks.standing) this.marks.standing = [Math.max(0, time - 0.5), Math.min(this.page.duration_s, time + 0.5)];
    this.moved(`standing.${end}`, time);
  }

  add() {
    const at = this.marks.add(this.clock.time, this.page.strip);
    this.again.reps = false;
    this.draw();
    if (at >= 0) this.list.children[at].querySelector("input").focus();
  }

  remove(index) {
    this.marks.remove(index);
    this.again.reps = false;
    this.draw();
    const next = this.list.children[Math.min(index, this.list.children.length - 1)];
    (next ? next.querySelector("button") : this.form.querySelector("[data-add]")).focus();
  }

  findAgain(what) {
    const fresh = new Marks({ reps: this.page.reps, standing: this.page.found.standing, duration: this.page.duration_s, gap: this.clock.gap() });
    this.marks[what] = fresh[what];
    this.marks.changed[what] = false;
    this.again[what] = true;
    this.draw();
  }

  say() {
    const told = this.again.reps ? this.texts["sheet.found_by_program"] : this.marks.reps.length ? "" : this.texts["sheet.none_left"];
    this.form.querySelector("#reps-state").textContent = told;
    this.form.querySelector("#standing-state").textContent = this.again.standing ? this.texts["sheet.found_by_program"] : "";
  }

  // Only what was touched is sent: the rest stays as it is.
  changes() {
    const now = this.choices();
    const changes = {};
    if (now.movement !== this.asked.movement) changes.movement = now.movement || null;
    if (now.view !== this.asked.view) changes.view = now.view || null;
    if (now.task !== this.asked.task) {
      for (const [task, name] of Object.entries(TASKS)) changes[name] = now.task === task;
      changes.variant = now.task === "deadlift" ? "deadlift" : null;
    }
    if (this.again.reps) changes.reps = null;
    else if (this.marks.changed.reps) changes.reps = this.marks.reps;
    if (this.again.standing) changes.standing = null;
    else if (this.marks.changed.standing) changes.standing = this.marks.standing;
    return changes;
  }

  async apply() {
    const changes = this.changes();
    if (!Object.keys(changes).length) return this.open(false);
    await this.send(() => ask("PUT", `/api/v1/assessments/${this.page.id}/corrections`, { json: changes }), () => {
      location.assign(`${this.page.page}#adjusted`);
      location.reload();
    });
  }

  async follow(number) {
    await this.send(() => ask("POST", `/api/v1/assessments/${this.page.id}/person`, { json: { number } }), (told) =>
      location.assign(this.page.page.replace(this.page.id, told.id)),
    );
  }

  async send(request, done) {
    const problem = this.form.querySelector(".problem");
    const button = this.form.querySelector("[type=submit]");
    problem.hidden = true;
    button.disabled = true;
    this.form.querySelector("#sheet-state").textContent = this.texts["sheet.working"];
    try {
      done(await request());
    } catch (error) {
      problem.textContent = error.status ? error.message : this.texts.offline;
      problem.hidden = false;
      problem.scrollIntoView({ block: "nearest" });
      this.form.querySelector("#sheet-state").textContent = "";
      button.disabled = false;
    }
  }
}
