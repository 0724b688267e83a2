// The record page: set-up, countdown, live, stop. One state at a time; everything by keyboard.
import { listRecordings, dropRecording } from "./store.js";
import { Live } from "./live.js";
import { Overlay } from "./overlay.js";
import { Recording, canRecord, handOverOld } from "./recorder.js";
import { Stage } from "./stage.js";
import { Voice } from "./voice.js";

const page = JSON.parse(document.getElementById("page").textContent);
const byId = (id) => document.getElementById(id);
const WAITS_S = [5, 10, 15, 20];
const DEAF_MS = 1000; // Space is ignored so long after the start
const CAMERA_KEY = "movement_lab_camera";

const stage = new Stage(page.words, matchMedia("(pointer: coarse)").matches);
const overlay = new Overlay(byId("overlay"));
const voice = new Voice(page.language);
const choice = { movement: page.asked.movement ?? "", view: page.wanted, reps: page.reps };
let state = "loading";
let stream = null;
let live = null;
let recording = null;
let wait_s = WAITS_S[0];
let ticking = null;
let startedAt = 0;
let checks = [];
let told = { before: 0, count: 0, standing: false };
let delays = [];
let drawing = null;
overlay.numbers = page.numbers;
stage.onSentence = (text) => (state === "setup" ? voice.hint(text) : null);

function enter(next) {
  state = next;
  byId("stage").dataset.state = next;
  const running = next === "live" || next === "paused";
  byId("setup").hidden = running;
  byId("live").hidden = !running;
  byId("rec").hidden = !running;
  byId("countdown").hidden = next !== "countdown";
  byId("start").disabled = !["setup", "countdown"].includes(next);
  showStart();
}

// ------------------------------------------------------------------------------------------- camera

async function openCamera() {
  stage.sayNow("waiting_for_camera");
  stream?.getTracks().forEach((track) => track.stop());
  try {
    stream = await pickCamera();
  } catch {
    stage.sayNow("no_camera");
    return;
  }
  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", cameraLost);
  byId("camera").srcObject = stream;
  const { width = 4, height = 3 } = track.getSettings();
  byId("stage").style.setProperty("--picture", `${width} / ${height}`);
  stage.text("rate", "page.camera_rate_value", { rate: Math.round(track.getSettings().frameRate ?? 30) });
  await listCameras(track);
  stage.sayNow("loading");
  live?.close();
  live = newLive();
  await live.open(track);
  if (!canRecord()) stage.notice(stage.fill("page.no_recorder"));
  enter("setup");
}

async function pickCamera() {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, resizeMode: { ideal: "none" } };
  const deviceId = localStorage.getItem(CAMERA_KEY);
  const wanted = deviceId ? { ...size, deviceId: { ideal: deviceId } } : { ...size, facingMode: { ideal: "environment" } };
  return navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
}

async function listCameras(track) {
  const devices = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  const current = track.getSettings().deviceId;
  byId("cameras").replaceChildren(
    ...devices.map(({ deviceId, label }, i) => new Option(label || `${stage.fill("page.camera")} ${i + 1}`, deviceId, false, deviceId === current)),
  );
}

async function cameraLost() {
  if (state === "live" || state === "paused") stage.sayNow("camera_lost");
  else stage.sayNow("no_camera");
}

// ------------------------------------------------------------------------------------------- live

function settings() {
  return { movement: choice.movement || null, view: choice.view };
}

function newLive() {
  const made = new Live(byId("camera"), settings());
  made.addEventListener("answer", ({ detail }) => answered(detail));
  made.addEventListener("began", () => {
    told.before = told.count;
    if (recording) made.setStage("live");
    stage.notice("");
  });
  made.addEventListener("unavailable", ({ detail }) => {
    stage.notice(detail.busy ? stage.fill("page.live_busy") : stage.fill("page.live_stopped"));
    drawSoon({});
    if (state === "setup") stage.say("ready_anyway");
  });
  made.addEventListener("trouble", ({ detail }) => detail.status >= 500 && stage.notice(stage.fill("page.live_stopped")));
  return made;
}

function answered({ answer, stage: sent, delay_ms, encode_ms, streamed }) {
  delays = [...delays.slice(-30), delay_ms];
  if (answer.note) heardNote(answer.note);
  drawSoon(answer);
  if (sent === "live" && state === "live") {
    stage.phase(answer.phase ?? "set");
    stage.dots(told.count, choice.reps, answer.phase);
  }
  const { pose_ms, decode_ms, server_ms } = answer;
  const measured = { stage: sent, streamed, delay_ms, encode_ms, pose_ms, decode_ms, server_ms };
  document.dispatchEvent(new CustomEvent("live-answer", { detail: measured })); // for tests and the benchmark
}

/** Lines are drawn at once: waiting for the next picture would have the painting compete with its coding. */
function drawSoon(answer) {
  const waits = drawing !== null;
  drawing = answer;
  if (waits) return;
  requestAnimationFrame(() => {
    if (drawing?.points) overlay.draw(drawing, (key) => stage.fill(key));
    else overlay.clear();
    drawing = null;
  });
}

function heardNote(note) {
  overlay.setNote(note);
  stage.text("delay", "page.delay_value", { ms: Math.round(median(delays)) });
  if (note.stage === "setup") coached(note);
  else if (state === "live") counted(note);
}

function coached(note) {
  checks = note.checks;
  stage.checks(checks, choice.view);
  byId("coach").dataset.heard = "yes";
  showStart();
  if (state !== "setup") return;
  const saying = checks.find(({ id }) => id === note.saying);
  if (saying) stage.say(saying.sentence);
  else stage.say(openChecks().length ? "ready_anyway" : "ready");
}

function counted(note) {
  const count = told.before + note.count;
  if (count > told.count) voice.say(String(count));
  told = { ...told, count, standing: told.standing || note.standing };
  stage.count(count, choice.reps);
  const movement = choice.movement || "any";
  if (!told.standing && !count) stage.say("stand_first");
  else stage.say(`down_${movement}`, "moving");
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

// ------------------------------------------------------------------------------------------- set-up

/** Checks that aren't as they should be; reminders don't count. */
function openChecks() {
  return page.checks.map((id) => checks.find((check) => check.id === id)).filter((check) => check?.state !== "ok");
}

/** The start button says what it costs to start now: never silently. */
function showStart() {
  if (state === "countdown") {
    byId("start-text").textContent = stage.fill("page.cancel_countdown");
    return;
  }
  const open = openChecks();
  byId("start-text").textContent = stage.fill(open.length ? "page.start_as_it_is" : "page.start");
  byId("cost").textContent = [stage.fill(open.length ? "page.can_start_open" : "page.can_start"), ...costs(open)].join(" ");
}

function costs(open) {
  const [first] = open.filter((check) => check?.state === "attention");
  if (open.some((check) => !check)) return [stage.fill("cost.nobody")];
  if (first) return [stage.fill(`cost.${costOf(first)}`, first.values)];
  const names = open.map(({ id }) => stage.fill(id === "view" ? `check.view_${choice.view}` : `check.${id}`));
  return names.length ? [stage.fill("page.checking", { names: names.join(", ") })] : [];
}

function costOf(check) {
  if (check.id === "body" && check.sentence === "step_in") return "nobody";
  if (check.id !== "view") return check.id;
  return check.values.degrees > page.gate.widened ? "view_refused" : "view_widened";
}

function showChoice() {
  const movement = choice.movement ? stage.fill(`movement.${choice.movement}`) : stage.fill("page.movement_any");
  byId("choose").textContent = `${movement}, ${stage.fill(`check.view_${choice.view}`).toLowerCase()}`;
  stage.count(told.count, choice.reps);
  stage.dots(0, choice.reps, null);
}

async function chosen() {
  const form = byId("choices").querySelector("form");
  choice.movement = form.elements.movement.value;
  choice.view = form.elements.view.value;
  choice.reps = +form.elements.reps.value;
  showChoice();
  checks = [];
  stage.checks(page.list.map((id) => ({ id, state: "unknown" })), choice.view);
  await live?.change(settings());
}

function openChoices() {
  const form = byId("choices").querySelector("form");
  Object.entries(choice).forEach(([name, value]) => (form.elements[name].value = value));
  byId("choices").showModal();
}

// ------------------------------------------------------------------------------------------- countdown, start, stop

function countDown() {
  let left = wait_s;
  enter("countdown");
  stage.sayNow("get_into_place");
  const tick = () => {
    byId("countdown").textContent = left;
    if (left <= 0) return begin();
    voice.say(String(left));
    left -= 1;
    ticking = setTimeout(tick, 1000);
  };
  tick();
}

function cancelCountdown() {
  clearTimeout(ticking);
  enter("setup");
  stage.say("ready_anyway");
}

function begin() {
  clearTimeout(ticking);
  told = { before: 0, count: 0, standing: false };
  const side = choice.view === "side" ? null : choice.view;
  const asked = { ...page.asked, movement: choice.movement || null, view: side };
  recording = new Recording(stream, { asked, personId: page.person_id });
  const { over } = recording;
  over.addEventListener("lost", ({ detail }) => stage.notice(detail.message || stage.fill("page.connection_lost")));
  over.addEventListener("back", () => stage.notice(""));
  over.addEventListener("full", () => stage.notice(stage.fill("page.keeping_full")));
  recording.start();
  live?.setStage("live");
  startedAt = performance.now();
  enter("live");
  stage.count(0, choice.reps);
  stage.phase("set");
  stage.sayNow("stand_first");
  voice.say(`${stage.fill("spoken.started")} ${stage.fill("sentence.stand_first")}`);
  byId("stop").focus({ preventScroll: true });
}

async function stop() {
  if (performance.now() - startedAt < DEAF_MS) return;
  voice.say(stage.fill("spoken.stopped"));
  enter("finishing");
  stage.sayNow("done", "handing_over");
  live?.close();
  const ended = recording;
  try {
    const row = await ended.stop();
    location.href = `/assessments/${row.id}`;
  } catch (error) {
    stage.notice(error.message);
    await offerLeftOvers();
  }
  stream?.getTracks().forEach((track) => track.stop());
}

function pause() {
  if (state === "live") {
    recording.pause();
    live?.setPaused(true);
    enter("paused");
    stage.sayNow("pause");
    voice.say(stage.fill("spoken.paused"));
  } else if (state === "paused") {
    recording.resume();
    live?.setPaused(false);
    enter("live");
    stage.sayNow(told.standing ? `down_${choice.movement || "any"}` : "stand_first", told.standing ? "moving" : "stand_first");
    voice.say(stage.fill("spoken.resumed"));
  }
  byId("pause-text").textContent = stage.fill(state === "paused" ? "page.resume" : "page.pause");
  byId("rec").classList.toggle("paused", state === "paused");
}

function showTime() {
  if (!recording || !["live", "paused"].includes(state)) return;
  const time = clock(recording.seconds);
  stage.text("rec-text", state === "paused" ? "page.paused" : "page.recording", { time });
  const key = recording.over.lost ? "page.saved_here" : "page.saved_value";
  stage.text("saved", key, { seconds: Math.floor(recording.over.recording.seconds) });
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

// ------------------------------------------------------------------------------------------- left over from before

async function offerLeftOvers() {
  const [oldest] = (await listRecordings().catch(() => [])).filter(({ bytes }) => bytes > 0);
  byId("left-over").hidden = !oldest;
  if (!oldest) return;
  stage.text("left-over-text", "page.unfinished", { time: clock(oldest.seconds) });
  byId("hand-over").onclick = async () => {
    byId("hand-over").disabled = true;
    const over = await handOverOld(oldest);
    over.addEventListener("lost", ({ detail }) => stage.notice(detail.message || stage.fill("page.connection_lost")));
    const row = await over.run().catch((error) => stage.notice(error.message));
    byId("hand-over").disabled = false;
    if (row) location.href = `/assessments/${row.id}`;
  };
  byId("discard").textContent = stage.fill("page.discard");
  byId("discard").onclick = () => {
    byId("discard").textContent = stage.fill("page.discard_sure");
    byId("discard").onclick = async () => {
      await dropRecording(oldest.id);
      await offerLeftOvers();
    };
  };
}

// ------------------------------------------------------------------------------------------- keys and buttons

function main() {
  if (state === "setup") countDown();
  else if (state === "countdown") cancelCountdown();
  else if (state === "live" || state === "paused") stop();
}

function toggleNumbers() {
  overlay.numbers = !overlay.numbers;
  showNumbers();
}

function showNumbers() {
  byId("numbers-text").textContent = stage.fill(overlay.numbers ? "page.hide_numbers" : "page.show_numbers");
}

function showVoice() {
  byId("voice").textContent = stage.fill(voice.on ? "page.voice_on" : "page.voice_off");
  byId("voice").setAttribute("aria-pressed", voice.on);
  stage.text("voice-now", voice.on ? "page.voice_counting" : "page.voice_silent");
}

function toggleVoice() {
  voice.toggle();
  showVoice();
}

function toggleWait() {
  wait_s = WAITS_S[(WAITS_S.indexOf(wait_s) + 1) % WAITS_S.length];
  stage.text("wait", "page.countdown", { seconds: wait_s });
}

const KEYS = { " ": main, p: pause, n: toggleNumbers, v: toggleVoice, r: () => !stream && openCamera() };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || byId("choices").open) return;
  if (event.target.closest?.("select, input, a")) return;
  if (event.key === " " && event.target.closest?.("button")) return; // the button itself hears it
  const work = KEYS[event.key.toLowerCase()];
  if (!work) return;
  event.preventDefault();
  work();
});
/** After a click by pointer, Space belongs to start and stop again. */
document.addEventListener("click", (event) => event.detail && event.target.closest("button")?.blur());

for (const [id, work] of Object.entries({ start: main, stop: main, pause, numbers: toggleNumbers, voice: toggleVoice, wait: toggleWait, choose: openChoices })) {
  byId(id).addEventListener("click", work);
}
byId("choices").addEventListener("close", chosen);
byId("cameras").addEventListener("change", ({ target }) => {
  localStorage.setItem(CAMERA_KEY, target.value);
  openCamera();
});
addEventListener("beforeunload", (event) => ["live", "paused"].includes(state) && event.preventDefault());
setInterval(showTime, 250);

stage.text("wait", "page.countdown", { seconds: wait_s });
showChoice();
stage.checks(page.list.map((id) => ({ id, state: "unknown" })), choice.view);
showVoice();
showNumbers();
offerLeftOvers();
openCamera();
