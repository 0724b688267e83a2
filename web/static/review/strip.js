// The strip on which repetitions and standing are marked: a curve, and lines to drag or to move by keys.
import { make, set } from "./svg.js";

const HEIGHT = 104;
const KEYS = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10 };

export class Strip {
  constructor(svg, { curve, duration, gap, onMove }) {
    this.svg = svg;
    this.duration = duration;
    this.gap = gap;
    this.onMove = onMove;
    set(svg, { width: "100%", height: HEIGHT });
    const inner = make("svg", { viewBox: `0 0 1000 ${HEIGHT}`, preserveAspectRatio: "none", width: "100%", height: HEIGHT }, svg);
    make("path", { class: "curve c-knee", "vector-effect": "non-scaling-stroke", d: this.curve(curve) }, inner);
    this.bands = make("g", {}, svg);
    this.head = make("line", { class: "head-line", y1: 0, y2: HEIGHT }, svg);
    this.handles = make("g", {}, svg);
    svg.addEventListener("pointermove", (event) => this.drag(event));
    svg.addEventListener("pointerup", () => (this.held = null));
    svg.addEventListener("pointercancel", () => (this.held = null));
  }

  curve({ time, depth }) {
    let pen = "M";
    return time
      .map((at, index) => {
        if (depth[index] === null) {
          pen = "M";
          return "";
        }
        const point = `${pen}${((1000 * at) / this.duration).toFixed(1)} ${(10 + depth[index] * (HEIGHT - 34)).toFixed(1)}`;
        pen = "L";
        return point;
      })
      .join("");
  }

  across(time) {
    return `${((100 * time) / this.duration).toFixed(3)}%`;
  }

  place(time) {
    set(this.head, { x1: this.across(time), x2: this.across(time) });
  }

  // Draw spans (tinted stretches) and marks: {id, time, label, kind}.
  draw(spans, marks) {
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.mark : null;
    this.bands.replaceChildren();
    spans.forEach(({ from, to, kind }) =>
      make("rect", { class: kind, x: this.across(from), width: `${((100 * (to - from)) / this.duration).toFixed(3)}%`, height: HEIGHT }, this.bands),
    );
    const known = new Map([...this.handles.children].map((handle) => [handle.dataset.mark, handle]));
    marks.forEach((mark) => this.show(known.get(mark.id) || this.make(mark), mark));
    const wanted = new Set(marks.map((mark) => mark.id));
    known.forEach((handle, id) => wanted.has(id) || handle.remove());
    if (focused && !wanted.has(focused)) this.svg.focus();
  }

  make(mark) {
    const handle = make("svg", { class: `mark ${mark.kind}`, tabindex: 0, role: "slider", overflow: "visible", "aria-valuemin": 0, "aria-valuemax": this.duration }, this.handles);
    handle.dataset.mark = mark.id;
    make("rect", { class: "grab", x: -12, width: 24, height: HEIGHT }, handle);
    make("line", { y1: 0, y2: HEIGHT }, handle);
    make("circle", { cy: mark.kind === "turn" ? HEIGHT - 10 : 10, r: 6 }, handle);
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.focus();
      this.held = mark.id;
      this.svg.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("keydown", (event) => {
      const way = KEYS[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      this.onMove(mark.id, Number(handle.dataset.time) + way * this.gap * (event.shiftKey ? 10 : 1));
    });
    return handle;
  }

  show(handle, mark) {
    handle.dataset.time = mark.time;
    set(handle, { x: this.across(mark.time), "aria-label": mark.label, "aria-valuenow": mark.time.toFixed(2), "aria-valuetext": mark.text });
  }

  drag(event) {
    if (!this.held) return;
    const box = this.svg.getBoundingClientRect();
    this.onMove(this.held, ((event.clientX - box.left) / box.width) * this.duration);
  }
}
