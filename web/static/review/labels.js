// Dark pills beside the body with a hairline to what they name; where they go was worked out by the server.
import { make, read, set, show } from "./svg.js";

const SMALLEST_PX = 12;

export class Labels {
  constructor(svg, data, words, unit) {
    this.svg = svg;
    this.data = data;
    this.words = words;
    this.unit = unit;
    this.measure = document.createElement("canvas").getContext("2d");
    this.leaders = make("g", {}, svg);
    this.pills = data.angles.map((angle) => this.makePill(angle.place, angle.hue));
    this.back = data.back && data.back.place ? this.makePill(data.back.place, "back") : null;
    this.chip = this.makePill(true, "chip");
    this.note = this.makePill(true, "note");
    this.resize();
  }

  makePill(place, hue) {
    if (!place) return null;
    const leader = make("line", { class: "ov-lead" }, this.leaders);
    const group = make("g", { class: "ov-pill" }, this.svg);
    const rect = make("rect", {}, group);
    const text = make("text", { "text-anchor": "middle" }, group);
    const parts = ["n", "v", "r"].map((kind) => make("tspan", { class: kind === "n" ? `n n-${hue}` : kind }, text));
    const below = make("text", { class: "r", "text-anchor": "middle" }, group);
    return { place, group, rect, text, parts, below, leader, shown: "" };
  }

  // Text keeps a readable size on the screen, however small the picture is shown.
  resize() {
    const box = this.svg.getBoundingClientRect();
    this.width = this.data.size[0];
    this.height = this.data.size[1];
    const scale = Math.min(box.width / this.width, box.height / this.height) || 1;
    this.px = Math.max(20 * this.unit, SMALLEST_PX / scale);
    this.crowded = this.px > 1.7 * Math.max(20 * this.unit, 12);
    this.family = getComputedStyle(this.svg).fontFamily;
    [...this.pills, this.back, this.chip, this.note].forEach((pill) => pill && (pill.shown = ""));
  }

  draw(time, { middles, bend, layers }) {
    this.data.angles.forEach((angle, index) => {
      const middle = layers.angles && !this.crowded ? middles[index] : null;
      this.place(this.pills[index], middle, time, middle && [angle.name, this.words.degrees(angle.signed ? middle.value : Math.abs(middle.value)), ""]);
    });
    const line = layers.back && !this.crowded ? bend : null;
    this.place(this.back, line, time, line && [this.data.back.name, this.words.degrees(line.value), this.words.interval(line.value - line.half, line.value + line.half), this.data.back.method]);
    this.corner(this.chip, this.textAt(this.data.chips, time), false);
    this.corner(this.note, this.textAt(this.data.notes, time), true);
  }

  textAt(timed, time) {
    const found = timed.find(([start, end]) => time >= start && time < end);
    return found ? found[2] : "";
  }

  place(pill, middle, time, texts) {
    if (!pill) return;
    const at = middle && read(pill.place.xy, this.data.place_time, time);
    const opacity = middle && read(pill.place.opacity, this.data.place_time, time);
    const seen = Boolean(at && at[0] !== null && opacity > 0);
    show(pill.group, seen);
    show(pill.leader, seen);
    if (!seen) return;
    const [width, height] = this.write(pill, texts);
    const x = Math.min(this.width - width / 2 - 2, Math.max(width / 2 + 2, at[0]));
    const y = Math.min(this.height - height / 2 - 2, Math.max(height / 2 + 2, at[1]));
    set(pill.group, { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, opacity: opacity.toFixed(2) });
    const away = [middle.at[0] - x, middle.at[1] - y];
    const beside = Math.abs(away[0]) > width / 2;
    const [from, down] = beside ? [x + (Math.sign(away[0]) * width) / 2, y] : [x, y + (Math.sign(away[1]) * height) / 2];
    set(pill.leader, { x1: from, y1: down, x2: middle.at[0], y2: middle.at[1], opacity: (0.85 * opacity).toFixed(2), "stroke-width": Math.max(1, 1.5 * this.unit) });
  }

  // The repetition stands top left, what was noticed at the lower edge; never on the body.
  corner(pill, words, low) {
    show(pill.group, Boolean(words));
    show(pill.leader, false);
    if (!words) return;
    const [strong, rest] = low ? ["", words] : [words.split(" · ")[0], words.includes(" · ") ? `· ${words.split(" · ").slice(1).join(" · ")}` : ""];
    const [width, height] = this.write(pill, ["", strong, rest]);
    const margin = Math.max(10, 24 * this.unit);
    const free = this.width - 2 * margin - width;
    const x = low ? margin + width / 2 + (free * (this.data.notes_side + 1)) / 2 : margin + width / 2;
    const y = low ? this.height - margin - height / 2 : margin + height / 2;
    set(pill.group, { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
  }

  // Name, value and interval on one line; below it, smaller, how it was read.
  write(pill, [name, value, range, method = ""]) {
    const texts = [name, value, range];
    const key = `${texts.join("|")}|${method}`;
    if (pill.shown === key) return pill.size;
    const widths = texts.map((text, index) => this.widthOf(text, this.px, index === 1 ? 600 : 400));
    const gap = 0.32 * this.px;
    let inside = widths.reduce((sum, width) => sum + (width ? width + gap : 0), -gap);
    const fit = Math.min(1, (this.width - 4 - 1.5 * this.px) / inside);
    inside = Math.max(inside * fit, this.widthOf(method, 0.8 * this.px, 400));
    pill.size = [inside + 1.5 * this.px, 1.75 * this.px + (method ? 0.95 * this.px : 0)];
    const [width, height] = pill.size;
    const middle = -height / 2 + 0.875 * this.px;
    this.set(pill.text, this.px * fit, middle + 0.35 * this.px * fit);
    this.set(pill.below, 0.8 * this.px, middle + 1.32 * this.px);
    pill.below.textContent = method;
    let before = false;
    pill.parts.forEach((part, index) => {
      part.textContent = texts[index];
      set(part, { dx: before && texts[index] ? (gap * fit).toFixed(1) : 0 });
      before = before || Boolean(texts[index]);
    });
    set(pill.rect, { x: -width / 2, y: -height / 2, width, height, rx: 0.875 * this.px });
    pill.shown = key;
    return pill.size;
  }

  set(text, px, y) {
    text.style.fontSize = `${px.toFixed(2)}px`;
    set(text, { y: y.toFixed(1) });
  }

  widthOf(text, px, weight) {
    this.measure.font = `${weight} ${px}px ${this.family}`;
    return text ? this.measure.measureText(text).width : 0;
  }
}
