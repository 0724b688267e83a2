// Lines over the video: the near side only, white on a dark casing, and the wedge that each angle's number
// names. Drawn in the page's own pixels, so that labels keep their size on any screen.
const SVG = "http://www.w3.org/2000/svg";
const NAMES = (
  "nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer left_ear right_ear " +
  "mouth_left mouth_right left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_pinky " +
  "right_pinky left_index right_index left_thumb right_thumb left_hip right_hip left_knee right_knee left_ankle " +
  "right_ankle left_heel right_heel left_foot_index right_foot_index"
).split(" ");
const INDEX = Object.fromEntries(NAMES.map((name, index) => [name, index]));
const LEG = ["hip", "knee", "ankle", "foot_index"];
const ARM = ["shoulder", "elbow", "wrist"];
const FAINT = 0.5;
const UNSEEN = 0.2;
const DAMPING = 0.12;
const RADIUS = 58;
const FRESH_S = 0.8; // older values would not be what is seen: no number then

function element(name, parent, classes = "") {
  const made = parent.appendChild(document.createElementNS(SVG, name));
  if (classes) made.setAttribute("class", classes);
  return made;
}

const unit = ([x, y]) => {
  const length = Math.hypot(x, y) || 1;
  return [x / length, y / length];
};

export class Overlay {
  constructor(svg) {
    this.svg = svg;
    this.view = null;
    this.box = { width: 1, height: 1 };
    new ResizeObserver(([{ contentRect }]) => this.#fit(contentRect)).observe(svg);
    this.values = [];
    this.layers = Object.fromEntries(["wedges", "casing", "bones", "joints", "labels"].map((id) => [id, element("g", svg)]));
    this.angles = {};
    this.shown = "";
  }

  /** Draw an answer's points; `note` brings the view and the newest values. */
  draw({ points, size, t }, words) {
    this.fresh = t - this.until < FRESH_S;
    const { box } = this;
    const scale = Math.min(box.width / size[0], box.height / size[1]);
    const [left, top] = [(box.width - scale * size[0]) / 2, (box.height - scale * size[1]) / 2];
    this.frame = { left, top, right: left + scale * size[0], bottom: top + scale * size[1] };
    this.unit = (scale * Math.min(...size)) / 720;
    this.at = (name) => {
      const i = 3 * INDEX[name];
      return [left + scale * points[i], top + scale * points[i + 1]];
    };
    this.score = (name) => points[3 * INDEX[name] + 2];
    this.#bones();
    this.#wedges(words);
  }

  #fit({ width, height }) {
    this.box = { width, height };
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  get numbers() {
    return !this.svg.classList.contains("no-numbers");
  }

  set numbers(shown) {
    this.svg.classList.toggle("no-numbers", !shown);
  }

  clear() {
    Object.values(this.layers).forEach((layer) => layer.replaceChildren());
    this.angles = {};
    this.shown = "";
  }

  setNote(note) {
    if (note.view) this.view = note.view;
    this.values = note.values ?? [];
    this.until = note.seen_until_s ?? -Infinity;
  }

  #bones() {
    const chains = this.#chains();
    const key = JSON.stringify(chains.map((chain) => chain.names));
    if (key !== this.shown) this.#build(chains, key);
    for (const { names, path, casing } of this.lines) {
      const d = "M" + names.map((name) => this.#place(name).map((v) => v.toFixed(1)).join(" ")).join("L");
      const faint = names.some((name) => this.#sure(name) < FAINT);
      const unseen = names.some((name) => this.#sure(name) < UNSEEN);
      for (const line of [path, casing]) {
        line.setAttribute("d", unseen ? "" : d);
        line.classList.toggle("faint", faint);
      }
    }
    for (const { name, disc } of this.dots) {
      const [x, y] = this.#place(name);
      disc.setAttribute("cx", x.toFixed(1));
      disc.setAttribute("cy", y.toFixed(1));
      disc.classList.toggle("unseen", this.#sure(name) < FAINT);
    }
  }

  #build(chains, key) {
    this.clear();
    this.shown = key;
    this.lines = chains.flatMap(({ names, strong }) =>
      names.slice(1).map((name, i) => ({
        names: [names[i], name],
        casing: element("path", this.layers.casing, "ov-case"),
        path: element("path", this.layers.bones, strong ? "ov-bone" : "ov-bone thin"),
      })),
    );
    const joints = [...new Set(chains.flatMap(({ names }) => names))].filter((name) => !name.startsWith("mid_"));
    this.dots = joints.map((name) => ({ name, disc: element("circle", this.layers.joints, "ov-joint") }));
    this.dots.forEach(({ disc }) => disc.setAttribute("r", 5.5));
  }

  /** From the side only the near half was measured, so only that is drawn; from the front both. */
  #chains() {
    const whole = !this.view || ["front", "back"].includes(this.view.name);
    const sides = whole ? ["left", "right"] : [this.view.near];
    const limbs = sides.flatMap((side) => [
      { names: LEG.map((point) => `${side}_${point}`), strong: true },
      { names: ARM.map((point) => `${side}_${point}`), strong: false },
    ]);
    if (!whole) return [...limbs, { names: [`${sides[0]}_hip`, `${sides[0]}_shoulder`], strong: false }];
    return [
      ...limbs,
      { names: ["mid_hip", "mid_shoulder"], strong: false },
      { names: ["left_shoulder", "right_shoulder"], strong: false },
      { names: ["left_hip", "right_hip"], strong: true },
    ];
  }

  #place(name) {
    if (!name.startsWith("mid_")) return this.at(name);
    const [[a, b], [c, d]] = ["left", "right"].map((side) => this.at(name.replace("mid", side)));
    return [(a + c) / 2, (b + d) / 2];
  }

  #sure(name) {
    if (!name.startsWith("mid_")) return this.score(name);
    return Math.min(...["left", "right"].map((side) => this.score(name.replace("mid", side))));
  }

  /** Each value's wedge: between the straight-on extension and the next segment, closed in standing. */
  #wedges(words) {
    const wanted = this.values.map((value) => ({ value, shape: this.#shapeOf(value.signal) })).filter(({ shape }) => shape);
    for (const signal of Object.keys(this.angles)) {
      if (wanted.some(({ value }) => value.signal === signal)) continue;
      this.angles[signal].parts.forEach((part) => part.remove());
      delete this.angles[signal];
    }
    wanted.forEach(({ value, shape }) => this.#wedge(value, shape, words));
  }

  #shapeOf(signal) {
    const near = this.view?.near;
    const between = (a, at, b, hue, ahead) => {
      const [from, here, to] = [a, at, b].map((name) => this.#place(name));
      const along = unit([here[0] - from[0], here[1] - from[1]]);
      return { here, first: along, second: unit([to[0] - here[0], to[1] - here[1]]), hue, ahead };
    };
    if (signal.startsWith("knee_flexion")) return between(`${near}_hip`, `${near}_knee`, `${near}_ankle`, "knee", true);
    if (signal.startsWith("hip_trunk_flexion")) return between(`${near}_shoulder`, `${near}_hip`, `${near}_knee`, "hip", false);
    if (signal.startsWith("lateral_trunk_lean")) {
      const [hip, shoulder] = [this.#place("mid_hip"), this.#place("mid_shoulder")];
      return { here: hip, first: [0, -1], second: unit([shoulder[0] - hip[0], shoulder[1] - hip[1]]), hue: "knee", ahead: true };
    }
    return null;
  }

  #wedge(value, { here, first, second, hue, ahead }, words) {
    const angle = (this.angles[value.signal] ??= this.#makeAngle(hue));
    const radius = RADIUS * this.unit;
    const ends = [first, second].map(([x, y]) => [here[0] + radius * x, here[1] + radius * y]);
    const sweep = first[0] * second[1] - first[1] * second[0] > 0 ? 1 : 0;
    const arc = `A${radius} ${radius} 0 0 ${sweep} ${ends[1].join(" ")}`;
    angle.fill.setAttribute("d", `M${here.join(" ")}L${ends[0].join(" ")}${arc}Z`);
    angle.arc.setAttribute("d", `M${ends[0].join(" ")}${arc}`);
    angle.line.setAttribute("d", `M${here.join(" ")}l${1.4 * radius * first[0]} ${1.4 * radius * first[1]}`);
    this.#label(angle, value, here, ends, ahead, words);
  }

  #makeAngle(hue) {
    const { wedges, labels } = this.layers;
    const fill = element("path", wedges, `ov-wedge ${hue}`);
    const line = element("path", wedges, "ov-ext");
    const arc = element("path", wedges, `ov-arc ${hue}`);
    const lead = element("path", labels, "ov-lead");
    const pill = element("g", labels, "ov-pill p30");
    const rect = element("rect", pill);
    const text = element("text", pill);
    const name = element("tspan", text, hue === "hip" ? "n-hip" : "");
    const number = element("tspan", text, "v");
    return { fill, line, arc, lead, pill, rect, text, name, number, parts: [fill, line, arc, lead, pill], place: null };
  }

  /** A pill outside the body, ahead of it or behind, that glides after its joint. */
  #label(angle, value, here, ends, ahead, words) {
    const { lead, pill, rect, text, name, number } = angle;
    for (const part of [pill, lead]) part.classList.toggle("hidden", !this.fresh);
    const small = this.frame.right - this.frame.left < 520;
    this.svg.classList.toggle("small", small);
    const shown = `${words(value.words)} ~${value.degrees < 0 ? "−" : ""}${Math.abs(value.degrees)}° ${small}`;
    if (angle.shown !== shown) {
      angle.shown = shown;
      name.textContent = `${words(value.words)} `;
      number.textContent = `~${value.degrees < 0 ? "−" : ""}${Math.abs(value.degrees)}°`;
      angle.length = text.getComputedTextLength();
    }
    const [width, height] = [angle.length + (small ? 24 : 40), small ? 30 : 48];
    const body = this.#bodyBox();
    const facing = this.view?.facing === "image_left" ? -1 : 1;
    const side = ahead ? facing : -facing;
    const gap = (ahead ? 50 : 90) * this.unit + 10;
    const wanted = side > 0 ? body.right + gap : body.left - gap - width;
    const x = Math.max(this.frame.left + 8, Math.min(this.frame.right - 8 - width, wanted));
    const y = Math.max(this.frame.top + 8, Math.min(this.frame.bottom - 8 - height, here[1] - height / 2));
    angle.place = angle.place ? angle.place.map((was, i) => was + DAMPING * ([x, y][i] - was)) : [x, y];
    const [left, top] = angle.place;
    rect.setAttribute("x", left);
    rect.setAttribute("y", top);
    rect.setAttribute("width", width);
    rect.setAttribute("height", height);
    rect.setAttribute("rx", height / 2);
    text.setAttribute("x", left + (small ? 12 : 20));
    text.setAttribute("y", top + 0.68 * height);
    const middle = [(ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2];
    const from = left > middle[0] ? left : left + width;
    lead.setAttribute("d", left > middle[0] || left + width < middle[0] ? `M${from} ${top + height / 2}L${middle.join(" ")}` : "");
  }

  #bodyBox() {
    const xs = this.dots.map(({ name }) => this.#place(name)[0]);
    return { left: Math.min(...xs), right: Math.max(...xs) };
  }
}
