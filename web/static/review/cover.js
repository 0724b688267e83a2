// Hides faces in the playing film and fails closed: where it isn't known what the picture shows, everything
// is hidden. Where faces are was decided by the server; doubt was settled there.
const CELLS_PER_RADIUS = 1.7;
const CELLS_PER_PICTURE = 9;

export class Cover {
  constructor(canvas, video, data) {
    this.canvas = canvas;
    this.video = video;
    this.data = data;
    this.on = false;
    this.sure = false;
    [canvas.width, canvas.height] = data.size;
    this.pen = canvas.getContext("2d");
    this.small = document.createElement("canvas");
    video.addEventListener("seeking", () => this.hideAll());
    if (video.requestVideoFrameCallback) this.watch();
    else video.addEventListener("seeked", () => this.shown(video.currentTime));
  }

  watch() {
    this.video.requestVideoFrameCallback((_, told) => {
      this.shown(told.mediaTime);
      this.watch();
    });
  }

  switch(on) {
    this.on = on;
    this.canvas.hidden = !on;
    if (!on) return;
    if (this.video.seeking || this.video.readyState < 2) this.hideAll();
    else this.shown(this.video.currentTime);
  }

  // Nothing is known of the next picture until it is here.
  hideAll() {
    if (!this.on) return;
    this.pen.fillStyle = "#2a3035";
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  shown(time) {
    if (!this.on) return;
    const discs = this.data.cover.discs[this.frameAt(time)];
    const { pen, canvas } = this;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (!discs) return this.mosaic(() => pen.rect(0, 0, canvas.width, canvas.height), Math.min(canvas.width, canvas.height) / CELLS_PER_PICTURE);
    this.data.cover.boxes.forEach(([left, top, right, bottom]) =>
      this.mosaic(() => pen.rect(left, top, right - left, bottom - top), Math.max(4, (bottom - top) / 6)),
    );
    const least = Math.min(...discs.map((disc) => disc[2]));
    this.mosaic(() => this.trace(discs), least / CELLS_PER_RADIUS);
  }

  trace(discs) {
    discs.forEach(([x, y, radius], index) => {
      this.pen.moveTo(x + radius, y);
      this.pen.arc(x, y, radius, 0, 2 * Math.PI);
      if (index) this.bridge(discs[index - 1], [x, y, radius]);
    });
  }

  // What lies between neighbours is hidden too.
  bridge([x0, y0, r0], [x1, y1, r1]) {
    const [length, radius] = [Math.hypot(x1 - x0, y1 - y0), Math.min(r0, r1)];
    if (!length) return;
    const [across, down] = [(-(y1 - y0) / length) * radius, ((x1 - x0) / length) * radius];
    this.pen.moveTo(x0 + across, y0 + down);
    this.pen.lineTo(x1 + across, y1 + down);
    this.pen.lineTo(x1 - across, y1 - down);
    this.pen.lineTo(x0 - across, y0 - down);
    this.pen.closePath();
  }

  mosaic(trace, cell) {
    const { pen, canvas, small, video } = this;
    [small.width, small.height] = [canvas.width / cell, canvas.height / cell].map((cells) => Math.max(1, Math.round(cells)));
    pen.save();
    pen.beginPath();
    trace();
    pen.fillStyle = "#2a3035";
    pen.fill();
    pen.clip();
    small.getContext("2d").drawImage(video, 0, 0, small.width, small.height);
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
    pen.restore();
  }

  frameAt(time) {
    const frames = this.data.frames;
    let [low, high] = [0, frames.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (frames[middle] <= time + 0.004) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
