// Draws what was measured over the picture, as the server does it in annotated.mp4: near side only, bones
// white on a dark casing, an angle as the wedge its number names, labels as dark pills.
import { Labels } from "./labels.js";
import { along, direction, known, make, path, read, set, show } from "./svg.js";

const BAND_STEPS = 24;
const SMALLEST_WEDGE_DEG = 3;

export class Overlay {
  constructor(svg, data, words) {
    this.svg = svg;
    this.data = data;
    this.layers = { skeleton: true, angles: true, back: true };
    const [width, height] = data.size;
    set(svg, { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "xMidYMid meet" });
    this.unit = Math.min(width, height) / 720;
    this.body = this.unit * data.unit;
    svg.replaceChildren();
    this.wedges = data.angles.map((angle) => this.makeWedge(angle));
    this.skeleton = make("g", {}, svg);
    this.bones = this.makeBones();
    this.back = data.back && this.makeBack();
    this.arcs = data.angles.map((angle) => this.makeArc(angle));
    this.joints = data.joints.map(() => this.makeJoint());
    this.labels = new Labels(svg, data, words, this.unit);
  }

  makeWedge(angle) {
    return make("path", { class: `ov-wedge ${angle.hue}` }, this.svg);
  }

  makeBones() {
    const casing = make("g", { class: "ov-case" }, this.skeleton);
    return this.data.bones.map(([, , strong]) => {
      const width = Math.max(1, (strong ? 4 : 2.5) * this.body);
      return {
        case: make("line", { "stroke-width": width + Math.max(1, 4 * this.body) }, casing),
        line: make("line", { class: "ov-bone", "stroke-width": width }, this.skeleton),
      };
    });
  }

  makeBack() {
    const width = Math.max(1, 5 * this.body);
    const group = make("g", {}, this.svg);
    const rough = this.data.back.rough;
    return {
      group,
      case: make("path", { class: "ov-case fill", "stroke-width": width + 3 * this.body, display: rough ? "none" : "inline" }, group),
      band: make("path", { class: "ov-band", "stroke-width": width }, group),
      line: make("path", { class: "ov-spine", "stroke-width": width, ...(rough && { "stroke-dasharray": this.dash(7, 11) }) }, group),
    };
  }

  makeArc(angle) {
    const group = make("g", { class: `ov-angle ${angle.hue}` }, this.svg);
    const casing = make("g", { class: "ov-case fine" }, group);
    const widths = [Math.max(1, 2 * this.body), Math.max(1, 3.5 * this.body)];
    return {
      group,
      extCase: make("path", { "stroke-width": widths[0] + 2.5 * this.body }, casing),
      arcCase: make("path", { "stroke-width": widths[1] + 2.5 * this.body }, casing),
      ext: make("path", { class: "ov-ext", "stroke-width": widths[0], "stroke-dasharray": this.dash(3, 5) }, group),
      arc: make("path", { class: "ov-arc", "stroke-width": widths[1] }, group),
    };
  }

  makeJoint() {
    return make("circle", { class: "ov-joint", r: 6.5 * this.body, "stroke-width": 2 * this.body }, this.svg);
  }

  dash(on, off) {
    return `${on * this.body} ${off * this.body}`;
  }

  draw(time) {
    const { data } = this;
    const flat = read(data.points.xy, data.time, time);
    const frame = Math.max(0, Math.min(data.time.length - 1, Math.round(((time - data.time[0]) / (data.time[data.time.length - 1] - data.time[0] || 1)) * (data.time.length - 1))));
    this.faint = new Set(data.points.faint[frame]);
    this.points = flat ? Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]) : [];
    this.points = this.points.map(([x, y]) => (x === null || y === null ? null : [x, y]));
    const bend = this.drawBack(time);
    this.drawBones();
    const middles = data.angles.map((angle, index) => this.drawAngle(angle, index, time, Boolean(bend)));
    this.drawJoints();
    this.labels.draw(time, { middles, bend, layers: this.layers });
  }

  drawBones() {
    this.data.bones.forEach(([a, b], index) => {
      const [from, to] = [this.points[a], this.points[b]];
      const seen = this.layers.skeleton && known(from, to);
      const doubtful = this.faint.has(a) || this.faint.has(b);
      const { case: casing, line } = this.bones[index];
      show(line, seen);
      show(casing, seen && !doubtful);
      if (!seen) return;
      const ends = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
      set(casing, ends);
      set(line, { ...ends, class: doubtful ? "ov-bone faint" : "ov-bone", "stroke-dasharray": doubtful ? this.dash(9, 9) : "none" });
    });
  }

  drawJoints() {
    this.data.joints.forEach((point, index) => {
      const at = this.points[point];
      const joint = this.joints[index];
      const seen = this.layers.skeleton && known(at);
      show(joint, seen);
      if (seen) set(joint, { cx: at[0], cy: at[1], class: this.faint.has(point) ? "ov-joint faint" : "ov-joint" });
    });
  }

  // A wedge from the straight-on extension (or upright) to the next segment; returns the middle of its arc.
  drawAngle(angle, index, time, beside) {
    const [wedge, arc] = [this.wedges[index], this.arcs[index]];
    const value = read(angle.values, this.data.time, time);
    const [centre, to] = [this.points[angle.at], angle.to < 0 ? null : this.points[angle.to]];
    const hidden = beside && index >= this.data.beside_back;
    const seen = !hidden && value !== null && known(centre) && (angle.to < 0 || known(to));
    const drawn = seen && this.layers.angles && Math.abs(value) >= SMALLEST_WEDGE_DEG;
    [wedge, arc.group].forEach((each) => show(each, drawn));
    if (!seen) return null;
    const turned = angle.turn * this.data.sense * value;
    const segment = to ? (Math.atan2(to[1] - centre[1], to[0] - centre[0]) * 180) / Math.PI : -90;
    const [start, sweep] = to ? [segment + turned, -turned] : [-90, turned];
    const radius = angle.radius * this.body;
    if (drawn) this.shapeAngle(wedge, arc, { centre, radius, start, sweep });
    return { at: along(centre, start + sweep / 2, radius), value };
  }

  shapeAngle(wedge, arc, { centre, radius, start, sweep }) {
    const steps = Math.max(2, Math.floor(Math.abs(sweep) / 4) + 2);
    const rim = Array.from({ length: steps }, (_, i) => along(centre, start + (sweep * i) / (steps - 1), radius));
    set(wedge, { d: `${path([centre, ...rim])}Z` });
    const extension = path([centre, along(centre, start, 1.25 * radius)]);
    set(arc.ext, { d: extension });
    set(arc.extCase, { d: extension });
    set(arc.arc, { d: path(rim) });
    set(arc.arcCase, { d: path(rim) });
  }

  // The back as one smooth line between hip and shoulder, in its band; returns where it turns most.
  drawBack(time) {
    if (!this.back) return null;
    const told = this.data.back;
    const row = read(told.rows, this.data.time, time);
    const [hip, shoulder] = told.ends.map((end) => this.points[end]);
    const seen = Boolean(row && row.every((value) => value !== null) && known(hip, shoulder));
    show(this.back.group, seen && this.layers.back);
    if (!seen) return null;
    const [pelvis, ribs, lumbar, half] = row;
    const course = (part) => this.course(hip, shoulder, pelvis - part, ribs + part);
    const [line, low, high] = [course(0), course(-half / 2), course(half / 2)];
    const band = `${path([...low, ...high.reverse()])}Z`;
    set(this.back.case, { d: band });
    set(this.back.band, { d: band });
    set(this.back.line, { d: path(line) });
    return { at: line[9], value: lumbar, half };
  }

  course(hip, shoulder, pelvis, ribs) {
    const { reach } = this.data.back;
    const length = Math.hypot(shoulder[0] - hip[0], shoulder[1] - hip[1]);
    const leaves = along(hip, this.data.sense * pelvis - 90, reach[0] * length);
    const [x, y] = direction(this.data.sense * ribs - 90);
    const arrives = [shoulder[0] - reach[1] * length * x, shoulder[1] - reach[1] * length * y];
    return Array.from({ length: BAND_STEPS + 1 }, (_, step) => {
      const s = step / BAND_STEPS;
      const shares = [(1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s * s * (1 - s), s ** 3];
      const ends = [hip, leaves, arrives, shoulder];
      return [0, 1].map((axis) => ends.reduce((sum, end, i) => sum + shares[i] * end[axis], 0));
    });
  }
}
