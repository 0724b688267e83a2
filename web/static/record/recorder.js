// Records at full rate. Each chunk is kept in the browser first, then handed to the server in order; after a
// lost connection it goes on at the byte the server has.
import { ask, Refused } from "../api.js";
import { countChunks, dropRecording, loadChunk, saveChunk, saveRecording } from "./store.js";

const CHUNK_MS = 1000;
const AGAIN_MS = [500, 1000, 2000, 4000];
/**
 * Lightest first: the live picture and the recorder share the computer. Measured in Chromium without a graphics
 * card, share of a core at 640 x 480: H.264 6 %, VP9 15 %, VP8 25 %. MP4 is last: it hands out nothing for seconds.
 */
const KINDS = [
  "video/x-matroska;codecs=avc1.42E01E", "video/webm;codecs=h264", "video/webm;codecs=vp9", "video/webm;codecs=vp8",
  "video/webm", "video/mp4;codecs=avc1.42E01E", "video/mp4",
];
const BITS_A_PIXEL = 0.12;

export const canRecord = () => "MediaRecorder" in globalThis && KINDS.some((kind) => MediaRecorder.isTypeSupported(kind));

/** Hands the chunks of one recording to the server, from wherever it stands. */
export class HandingOver extends EventTarget {
  constructor(recording) {
    super();
    this.recording = recording;
    this.chunks = 0;
    this.complete = false;
    this.spare = new Map(); // chunks that the browser had no room to keep
    this.sent = { number: 0, have: 0 };
    this.waiting = null;
    this.lost = false;
  }

  /** Take a chunk: keep it, then send it. */
  async add(data) {
    const { recording } = this;
    const start = recording.bytes;
    recording.bytes += data.byteLength;
    try {
      await saveChunk(recording.id, this.chunks, start, data);
      await saveRecording(recording);
    } catch {
      this.spare.set(this.chunks, { start, end: recording.bytes, data });
      this.#tell("full");
    }
    this.chunks += 1;
    this.waiting?.();
  }

  end() {
    this.complete = true;
    this.waiting?.();
  }

  /** Send until everything is there, then hand over; resolves to the assessment. */
  async run() {
    for (let tries = 0; ; ) {
      try {
        await this.#sendAll();
        const row = await ask("POST", `/api/v1/uploads/${this.recording.upload}/finish`, { json: {} });
        await dropRecording(this.recording.id).catch(() => {});
        return row;
      } catch (error) {
        if (hopeless(error)) throw error;
        if (!this.lost) this.#tell("lost", error instanceof Refused ? error.message : "");
        this.lost = true;
        await new Promise((resume) => setTimeout(resume, AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]));
      }
    }
  }

  async #sendAll() {
    await this.#meet();
    while (!(this.complete && this.sent.number >= this.chunks)) {
      if (this.sent.number >= this.chunks) await new Promise((resume) => (this.waiting = resume));
      else await this.#sendOne();
    }
  }

  /** Ask the server where it stands; begin where it knows nothing of this recording. */
  async #meet() {
    const { recording } = this;
    if (recording.upload) {
      const told = await ask("GET", `/api/v1/uploads/${recording.upload}`).catch((error) => {
        if (error instanceof Refused && error.status === 404) return null;
        throw error;
      });
      if (told || (await this.#accepted())) return this.#goOnFrom(told ? told.bytes_here : recording.bytes);
    }
    const { asked, personId } = recording;
    const begun = await ask("POST", "/api/v1/uploads", { json: { source: "camera", asked, person_id: personId } });
    recording.upload = begun.id;
    await saveRecording(recording).catch(() => {});
    return this.#goOnFrom(begun.bytes_here);
  }

  async #accepted() {
    return ask("GET", `/api/v1/assessments/${this.recording.upload}`).then(() => true, () => false);
  }

  #goOnFrom(have) {
    if (this.lost) this.#tell("back");
    this.lost = false;
    this.sent = { number: 0, have };
  }

  async #sendOne() {
    const { number, have } = this.sent;
    const chunk = this.spare.get(number) ?? (await loadChunk(this.recording.id, number));
    if (chunk.end > have) {
      const body = chunk.data.slice(Math.max(0, have - chunk.start));
      const offset = Math.max(have, chunk.start);
      const told = await ask("PUT", `/api/v1/uploads/${this.recording.upload}/data?offset=${offset}`, { body });
      this.sent.have = told.bytes_here;
      this.#tell("sent");
    }
    this.spare.delete(number);
    this.sent.number += 1;
  }

  #tell(type, message = "") {
    this.dispatchEvent(new CustomEvent(type, { detail: { message } }));
  }
}

/** Refusals that asking again won't change; a server out of reach, busy or out of room may come round. */
const hopeless = (error) => error instanceof Refused && ![404, 409, 429].includes(error.status) && error.status < 500;

/** Hand over what an earlier visit to this page left behind. */
export async function handOverOld(recording) {
  const over = new HandingOver(recording);
  over.chunks = await countChunks(recording.id);
  over.complete = true;
  return over;
}

/** A running recording: recorder and handing over together. */
export class Recording {
  constructor(stream, { asked, personId }) {
    const { width = 640, height = 480, frameRate = 30 } = stream.getVideoTracks()[0].getSettings();
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const videoBitsPerSecond = Math.round(BITS_A_PIXEL * width * height * frameRate);
    this.recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond });
    const id = crypto.randomUUID();
    this.over = new HandingOver({ id, asked, personId, upload: null, bytes: 0, seconds: 0, at: Date.now() });
    this.queue = Promise.resolve();
    this.recorder.ondataavailable = ({ data }) => {
      this.queue = this.queue.then(() => this.#keep(data));
    };
    this.stopped = new Promise((resolve) => (this.recorder.onstop = resolve));
    this.runs = { since: 0, before: 0 };
  }

  start() {
    this.recorder.start(CHUNK_MS);
    this.runs.since = performance.now();
    this.handedOver = this.over.run();
    this.handedOver.catch(() => {});
  }

  /** Seconds recorded so far, pauses left out. */
  get seconds() {
    const running = this.runs.since ? (performance.now() - this.runs.since) / 1000 : 0;
    return this.runs.before + running;
  }

  pause() {
    this.recorder.pause();
    this.runs = { since: 0, before: this.seconds };
  }

  resume() {
    this.recorder.resume();
    this.runs.since = performance.now();
  }

  /** End it; resolves to the assessment once everything was handed over. */
  async stop() {
    this.runs = { since: 0, before: this.seconds };
    if (this.recorder.state !== "inactive") this.recorder.stop();
    await this.stopped;
    await this.queue;
    this.over.end();
    return this.handedOver;
  }

  async #keep(data) {
    if (!data.size) return;
    this.over.recording.seconds = this.seconds;
    await this.over.add(await data.arrayBuffer());
  }
}
