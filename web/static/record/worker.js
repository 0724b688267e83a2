// Off the page's own thread: take the newest picture of the camera, code it, ask for the pose, hand the answer
// on, then take the picture that is newest by then. Pictures that arrive meanwhile are dropped.
import { Stream } from "/static/record/stream.js";

const QUALITY = 0.75;
const WAIT_MS = 500;
const AWAKE_MS = 5000;

let canvas = null;
let brush = null;
let pixels = null;
let newest = null; // asks for the newest picture: () => Promise<VideoFrame | ImageBitmap | null>
let session = null; // { url, token }
let socket = null; // the shorter way, where there is one
let heard = null;
const stream = new Stream();
let wantsJpeg = false; // the coach looks at whole pictures
let stage = "setup";
let noteNumber = -1;
let going = false;
let paused = false;
let clock = { first: null, last: 0, skipped: 0, resumed: false };
let bitmapArrived = null;

onmessage = ({ data }) => {
  if (data.type === "pictures") newest = data.readable ? fromTrack(data.readable) : fromPage();
  else if (data.type === "picture") bitmapArrived?.(data.picture);
  else if (data.type === "session") open(data);
  else if (data.type === "stage") stage = data.stage;
  else if (data.type === "pause") setPaused(data.paused);
  else if (data.type === "close") {
    going = false;
    socket?.close();
  }
};

function open({ url, token, door }) {
  session = { url, token };
  socket?.close();
  socket = door ? connect(door) : null;
  stream.begin();
  noteNumber = -1;
  if (going) return;
  going = true;
  loop();
}

function setPaused(value) {
  if (paused && !value) clock.resumed = true;
  paused = value;
}

async function loop() {
  while (going) {
    try {
      if (paused) await rest();
      else await once();
    } catch (error) {
      postMessage({ type: "trouble", status: error.status || 0 });
      if (error.status === 404) session = null;
      await new Promise((resume) => setTimeout(resume, WAIT_MS));
      while (going && !session) await new Promise((resume) => setTimeout(resume, 100));
    }
  }
}

/** One picture: taken, sent, answered. */
async function once() {
  const picture = await newest();
  if (!picture) return;
  const taken = performance.now();
  const time = secondsOf(picture);
  const direct = socket?.readyState === WebSocket.OPEN;
  const streamed = direct && !wantsJpeg ? await stream.next(picture) : null;
  const coded = streamed ?? (await toJpeg(picture));
  picture.close();
  const made = performance.now();
  const answer = await (direct ? bySocket(time, coded) : byRequest(time, coded));
  if (streamed && answer.status) stream.refused();
  if (answer.status === 204 || (streamed && answer.status === 415)) return; // overtaken, or a gap in the stream
  if (answer.status) throw Object.assign(new Error("refused"), { status: answer.status });
  if (answer.note) {
    noteNumber = answer.note_number;
    wantsJpeg = Boolean(answer.note.wants_picture);
  } else if (!streamed) wantsJpeg = false;
  const now = performance.now();
  const measured = { delay_ms: now - taken, encode_ms: made - taken, streamed: Boolean(streamed) };
  postMessage({ type: "answer", answer, stage, ...measured });
}

async function byRequest(time, jpeg) {
  const path = `${session.url}/frames?t=${time.toFixed(4)}&stage=${stage}&note=${noteNumber}`;
  const headers = { "Content-Type": "image/jpeg", "X-CSRFToken": session.token };
  const response = await fetch(path, { method: "POST", body: jpeg, headers });
  return response.status === 200 ? response.json() : { status: response.status };
}

/** Time, stage and picture in one message; the next message is the answer. */
function bySocket(time, coded) {
  const message = new Uint8Array(9 + coded.byteLength);
  new DataView(message.buffer).setFloat64(0, time, true);
  message[8] = stage === "live" ? 1 : 0;
  message.set(new Uint8Array(coded), 9);
  return new Promise((resolve, reject) => {
    heard = { resolve, reject };
    socket.send(message);
  });
}

/** Open the shorter way; should it close, pictures go as requests. */
function connect(door) {
  const made = new WebSocket(door);
  made.onmessage = ({ data }) => heard?.resolve(JSON.parse(data));
  made.onclose = () => {
    if (made === socket) socket = null;
    heard?.reject(new Error("closed"));
  };
  return made;
}

/** While paused, only say now and then that somebody is still here. */
async function rest() {
  if (session) await fetch(session.url, { headers: { "X-CSRFToken": session.token } });
  const until = performance.now() + AWAKE_MS;
  while (going && paused && performance.now() < until) await new Promise((resume) => setTimeout(resume, 100));
}

/** Seconds on a clock that stands still during pauses, as the recording's does. */
function secondsOf(picture) {
  const now = (picture.timestamp ?? performance.now() * 1000) / 1e6;
  clock.first ??= now;
  if (clock.resumed) clock.skipped += Math.max(0, now - clock.first - clock.skipped - clock.last - 0.04);
  clock.resumed = false;
  clock.last = Math.max(now - clock.first - clock.skipped, clock.last + 0.0005);
  return clock.last;
}

async function toJpeg(picture) {
  const [width, height] = [picture.displayWidth ?? picture.width, picture.displayHeight ?? picture.height];
  const scale = Math.min(1, 640 / Math.max(width, height));
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (!canvas || canvas.width !== w || canvas.height !== h) {
    canvas = new OffscreenCanvas(w, h);
    brush = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    pixels = new Uint8ClampedArray(4 * w * h);
  }
  if (scale < 1 || !(await copied(picture, w, h))) brush.drawImage(picture, 0, 0, w, h);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return blob.arrayBuffer(); // bytes travel with the request; a blob is fetched from another process first
}

/** Copy a picture of the right size without the graphics card's detour; false where the browser can't. */
async function copied(picture, w, h) {
  const rect = picture.visibleRect;
  if (!rect || rect.width !== w || rect.height !== h) return false;
  try {
    await picture.copyTo(pixels, { format: "RGBA" });
  } catch {
    return false;
  }
  brush.putImageData(new ImageData(pixels, w, h), 0, 0);
  return true;
}

/** Pictures straight from the camera's track: one is kept, a newer one takes its place. */
function fromTrack(readable) {
  const reader = readable.getReader();
  return async () => {
    const { value, done } = await reader.read();
    if (!done) return value;
    going = false;
    return null;
  };
}

/** Browsers without track processors: the page makes a bitmap of the video when asked. */
function fromPage() {
  return () =>
    new Promise((resolve) => {
      bitmapArrived = resolve;
      postMessage({ type: "want" });
    });
}
