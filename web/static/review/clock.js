// One clock for everything: the video's own where there is one, else one that only counts.
// Listeners hear (time, frame): seconds of the clip, and which of its true pictures is shown.
const LAG_S = 0.004;

export class Clock {
  constructor(video, frames, reps, start) {
    this.video = video;
    this.frames = frames;
    this.reps = reps;
    this.rate = 1;
    this.time = start;
    this.listeners = [];
    this.running = false;
    this.wanted = null;
    if (video) this.followVideo();
  }

  get last() {
    return this.frames[this.frames.length - 1];
  }

  get playing() {
    return this.video ? !this.video.paused && !this.video.ended : this.running;
  }

  // The picture on the screen at a time: the last one that began by then.
  frameAt(time) {
    let [low, high] = [0, this.frames.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.frames[middle] <= time + LAG_S) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  listen(listener) {
    this.listeners.push(listener);
    listener(this.time, this.frameAt(this.time), this);
  }

  tell(time = this.time) {
    this.time = Math.min(this.last, Math.max(this.frames[0], time));
    const frame = this.frameAt(this.time);
    this.listeners.forEach((listener) => listener(this.time, frame, this));
  }

  // Show the picture nearest to a time; whoever drags gets every picture the video is quick enough for.
  go(time) {
    this.pause();
    const frame = this.frameAt(Math.min(this.last, Math.max(this.frames[0], time)) + this.gap() / 2);
    this.show(frame);
  }

  gap() {
    return this.frames.length > 1 ? (this.last - this.frames[0]) / (this.frames.length - 1) : 0.04;
  }

  show(frame) {
    const at = this.frames[frame];
    const next = frame + 1 < this.frames.length ? this.frames[frame + 1] : at + this.gap();
    if (this.video) this.seek((at + next) / 2);
    this.tell(at);
  }

  seek(time) {
    if (this.video.seeking) this.wanted = time;
    else this.video.currentTime = time;
  }

  step(count) {
    this.pause();
    const frame = this.frameAt(this.time) + count;
    this.show(Math.min(this.frames.length - 1, Math.max(0, frame)));
  }

  // To the turn of the next or previous repetition.
  jump(way) {
    const gap = this.gap();
    const turns = this.reps.map((rep) => rep.turn_s).filter((turn) => way * (turn - this.time) > gap);
    if (turns.length) this.go(way > 0 ? turns[0] : turns[turns.length - 1]);
  }

  setRate(rate) {
    this.rate = rate;
    if (this.video) this.video.playbackRate = rate;
    this.tell();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.time >= this.last - this.gap()) this.show(0);
    if (this.video) this.video.play().catch(() => this.tell());
    else this.count();
  }

  pause() {
    const ran = this.playing;
    if (this.video) this.video.pause();
    this.running = false;
    if (ran) this.tell(this.video ? this.video.currentTime : this.time);
  }

  // Without a video: time passes by itself.
  count() {
    this.running = true;
    let before = performance.now();
    const tick = (now) => {
      if (!this.running) return;
      const time = this.time + ((now - before) / 1000) * this.rate;
      before = now;
      if (time >= this.last) this.running = false;
      this.tell(time);
      if (this.running) requestAnimationFrame(tick);
    };
    this.tell();
    requestAnimationFrame(tick);
  }

  followVideo() {
    const video = this.video;
    const follow = () => this.tell(video.currentTime);
    const tick = () => {
      follow();
      if (!video.paused) requestAnimationFrame(tick);
    };
    video.addEventListener("play", () => requestAnimationFrame(tick));
    video.addEventListener("pause", () => this.tell());
    video.addEventListener("seeked", () => {
      if (this.wanted === null) return;
      [video.currentTime, this.wanted] = [this.wanted, null];
    });
    const begin = () => {
      video.playbackRate = this.rate;
      this.show(this.frameAt(this.time));
    };
    if (video.readyState) begin();
    else video.addEventListener("loadedmetadata", begin, { once: true });
  }
}
