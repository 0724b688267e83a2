// The live session as the page sees it: starts one, keeps its worker fed, starts another should it have ended.
import { ask, Refused } from "../api.js";

const token = document.querySelector('meta[name="csrf-token"]').content;
const AGAIN_MS = 2000;

/** The same camera once more, no larger than the pose model needs: the browser scales it better than we could. */
async function small(track) {
  const { width = 640, height = 480 } = track.getSettings();
  const copy = track.clone();
  const scale = Math.min(1, 640 / Math.max(width, height));
  const size = { width: Math.round(width * scale), height: Math.round(height * scale), resizeMode: "crop-and-scale" };
  if (scale < 1) await copy.applyConstraints(size).catch(() => {});
  return copy;
}

export class Live extends EventTarget {
  constructor(video, settings) {
    super();
    this.video = video;
    this.settings = settings;
    this.worker = new Worker("/record/worker.js", { type: "module" });
    this.worker.onmessage = ({ data }) => this.#heard(data);
    this.url = null;
    this.closed = false;
    addEventListener("pagehide", () => this.#leave());
  }

  /** Feed the worker with a camera's track, and open a session. */
  async open(track) {
    if ("MediaStreamTrackProcessor" in globalThis) {
      this.copy = await small(track);
      const { readable } = new MediaStreamTrackProcessor({ track: this.copy, maxBufferSize: 1 });
      this.worker.postMessage({ type: "pictures", readable }, [readable]);
    } else this.worker.postMessage({ type: "pictures" });
    await this.#begin();
  }

  setStage(stage) {
    this.worker.postMessage({ type: "stage", stage });
  }

  setPaused(paused) {
    this.worker.postMessage({ type: "pause", paused });
  }

  /** Begin anew with other settings: another movement or view. */
  async change(settings) {
    this.settings = settings;
    this.#leave();
    await this.#begin();
  }

  close() {
    this.closed = true;
    this.copy?.stop();
    this.worker.postMessage({ type: "close" });
    this.#leave();
  }

  async #begin() {
    try {
      const { id, socket } = await ask("POST", "/api/v1/live/sessions", { json: this.settings });
      this.url = `/api/v1/live/sessions/${id}`;
      this.worker.postMessage({ type: "session", url: this.url, token, door: socket });
      this.#tell("began");
    } catch (error) {
      this.#tell("unavailable", { busy: error instanceof Refused && error.status === 503, message: error.message });
      if (!this.closed) setTimeout(() => this.#begin(), 2 * AGAIN_MS);
    }
  }

  #heard(data) {
    if (data.type === "answer") this.#tell("answer", data);
    else if (data.type === "want") this.#giveBitmap();
    else if (data.type === "trouble") {
      this.#tell("trouble", data);
      if (data.status === 404 && !this.closed) this.#begin();
    }
  }

  async #giveBitmap() {
    await new Promise((resume) =>
      this.video.requestVideoFrameCallback ? this.video.requestVideoFrameCallback(resume) : requestAnimationFrame(resume),
    );
    const picture = await createImageBitmap(this.video).catch(() => null);
    this.worker.postMessage({ type: "picture", picture }, picture ? [picture] : []);
  }

  #leave() {
    if (this.url) fetch(this.url, { method: "DELETE", headers: { "X-CSRFToken": token }, keepalive: true }).catch(() => {});
    this.url = null;
  }

  #tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
