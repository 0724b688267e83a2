// The review page: one clock moves video, overlay, curves, numbers and repetitions.
import { ask } from "./api.js";
import { interval, place, readable } from "./readout.js";
import { Clock } from "./review/clock.js";
import { Cover } from "./review/cover.js";
import { reviewFindings } from "./review/findings.js";
import { Overlay } from "./review/overlay.js";
import { Sheet } from "./review/sheet.js";

const read = (id) => JSON.parse((document.getElementById(id) || { textContent: "null" }).textContent);
const page = read("review-data");
const curves = read("curve-data");
const stage = document.getElementById("stage");
const rows = [...document.querySelectorAll(".panel-row[data-panel]")];
const whole = { decimals: 0 };
const words = {
  degrees: (value) => readable(value, whole, page) + page.degrees,
  interval: (low, high) => interval(low, high, whole, page),
};

start();

async function start() {
  const drawn = await fetch(page.overlay).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
  const film = await playable(document.getElementById("film"));
  stage.style.aspectRatio = `${stage.dataset.width} / ${stage.dataset.height}`;
  stage.classList.toggle("bare", !film);
  const frames = drawn ? drawn.frames : curves ? curves.time : [0, page.duration_s];
  const opened = page.reps.find((rep) => rep.index === page.opened);
  const clock = new Clock(film, frames, page.reps, opened ? opened.turn_s : frames[0]);
  if (drawn) showOverlay(drawn, film, clock);
  if (curves) followCurves(clock);
  if (curves) showTabs();
  showTransport(clock, drawn);
  listenToKeys(clock);
  reviewFindings(page, () => {});
  const opener = document.getElementById("adjust");
  if (opener) new Sheet(document.getElementById("sheet"), opener, page, clock);
  listenToBanner();
  document.documentElement.dataset.ready = "yes";
}

// The video once it can be shown; null where there is none, or this browser can't play it.
function playable(video) {
  if (!video) return null;
  if (video.readyState) return video;
  return new Promise((resolve) => {
    video.addEventListener("loadedmetadata", () => resolve(video), { once: true });
    const failed = () => {
      const note = document.getElementById("film-note");
      [note.textContent, note.hidden] = [page.texts.no_film, false];
      video.remove();
      resolve(null);
    };
    if (video.error) failed();
    else video.addEventListener("error", failed, { once: true });
  });
}

function showOverlay(drawn, film, clock) {
  const overlay = new Overlay(document.getElementById("overlay"), drawn, words);
  const cover = film ? new Cover(document.getElementById("cover"), film, drawn) : null;
  const draw = () => overlay.draw(clock.time);
  clock.listen(draw);
  new ResizeObserver(() => {
    overlay.labels.resize();
    draw();
  }).observe(stage);
  document.querySelectorAll("[data-layer]").forEach((button) =>
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      button.classList.toggle("on", on);
      if (button.dataset.layer === "cover") cover.switch(on);
      else overlay.layers[button.dataset.layer] = on;
      draw();
    }),
  );
}

function followCurves(clock) {
  const [first, last] = curves.span;
  rows.forEach((row) => {
    const panel = row.querySelector(".panel");
    const seek = (event) => {
      const box = panel.getBoundingClientRect();
      clock.go(first + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (last - first));
    };
    panel.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse") panel.setPointerCapture(event.pointerId);
      seek(event);
    });
    panel.addEventListener("pointermove", (event) => event.buttons && event.pointerType === "mouse" && seek(event));
  });
  const numbers = [...document.querySelectorAll("#curves .axis")].map((axis) => [...axis.querySelectorAll(".t-rep, .t-strong")]);
  clock.listen((time) => {
    place(rows, curves, time);
    const rep = page.reps.findIndex((each) => time >= each.start_s && time < each.end_s);
    numbers.forEach((row) => row.forEach((number, index) => number.setAttribute("class", index === rep ? "t-strong" : "t-rep")));
  });
  sayAtRest(clock);
}

// Values are read out once the playhead rests, not on every picture.
function sayAtRest(clock) {
  const said = document.getElementById("at-rest");
  let waiting = 0;
  let first = true;
  clock.listen(() => {
    clearTimeout(waiting);
    if (first || clock.playing) return (first = false);
    waiting = setTimeout(() => {
      const values = rows.filter((row) => row.offsetParent).map((row) => `${row.querySelector(".name").textContent.trim()} ${row.querySelector("output").textContent}`);
      said.textContent = [document.getElementById("time").textContent, ...values].join(", ");
    }, 700);
  });
}

// Where the page is narrow, one region at a time; style decides where that is.
function showTabs() {
  const shown = [...document.querySelectorAll("#curves .panel-row[data-panel]")].filter((row) => !row.closest(".more-curves"));
  if (shown.length < 2) return;
  const tabs = document.createElement("div");
  tabs.className = "tabs seg";
  tabs.setAttribute("role", "group");
  tabs.setAttribute("aria-labelledby", "h-curves");
  const choose = (chosen) =>
    shown.forEach((row, index) => {
      row.classList.toggle("off", index !== chosen);
      tabs.children[index].setAttribute("aria-pressed", String(index === chosen));
    });
  shown.forEach((row, index) => {
    const tab = document.createElement("button");
    [tab.type, tab.textContent] = ["button", row.querySelector(".name").textContent.trim()];
    tab.addEventListener("click", () => choose(index));
    tabs.append(tab);
  });
  document.querySelector("#curves .body").prepend(tabs);
  choose(shown.findIndex((row) => row.querySelector(".c-back")) < 0 ? 0 : shown.findIndex((row) => row.querySelector(".c-back")));
}

function showTransport(clock, drawn) {
  const by = (id) => document.getElementById(id);
  by("back-one").addEventListener("click", () => clock.step(-1));
  by("forward-one").addEventListener("click", () => clock.step(1));
  by("play").addEventListener("click", () => clock.toggle());
  document.querySelectorAll("[data-rate]").forEach((button) => button.addEventListener("click", () => clock.setRate(+button.dataset.rate)));
  const buttons = [...document.querySelectorAll(".reps [data-rep]")];
  const turnOf = (button) => page.reps[+button.dataset.rep - 1].turn_s;
  buttons.forEach((button) => button.addEventListener("click", () => clock.go(turnOf(button))));
  document.querySelectorAll(".seek").forEach((button) =>
    button.addEventListener("click", () => {
      clock.go(+button.dataset.at);
      by("bench").scrollIntoView({ block: "nearest" });
    }),
  );
  const heads = [...document.querySelectorAll("input.head")];
  heads.forEach((head) => {
    head.hidden = false;
    head.addEventListener("input", () => clock.go(+head.value));
  });
  const moment = by("moment");
  const usual = moment ? moment.textContent.split(" · ").pop() : "";
  clock.listen((time, frame) => {
    const told = page.texts.time.replace("{time}", `${time.toFixed(1).replace(".", page.decimal)}${page.seconds}`).replace("{frame}", frame);
    by("time").textContent = told;
    by("play").setAttribute("aria-label", clock.playing ? page.texts.pause : page.texts.play);
    by("play").classList.toggle("playing", clock.playing);
    document.querySelectorAll("[data-rate]").forEach((button) => button.setAttribute("aria-pressed", String(+button.dataset.rate === clock.rate)));
    const rep = page.reps.find((each) => time >= each.start_s && time < each.end_s);
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(Boolean(rep) && +button.dataset.rep === rep.index)));
    const chip = drawn && drawn.chips.find(([from, to]) => time >= from && time < to);
    if (moment) moment.textContent = [chip ? chip[2] : "", usual].filter(Boolean).join(" · ");
    heads.forEach((head) => {
      head.value = time;
      if (!clock.playing) head.setAttribute("aria-valuetext", [told, chip ? chip[2] : ""].filter(Boolean).join(", "));
    });
  });
}

// Arrow keys step a picture, with Shift a repetition; space plays. Fields and lists keep their own keys.
function listenToKeys(clock) {
  const OWN = "input:not(.head), textarea, select, [role=slider], .scroll, .twin, [contenteditable]";
  const PRESSED = "button, summary, a, input:not(.head), textarea, select";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (way && !event.target.closest(OWN)) {
      event.preventDefault();
      if (event.shiftKey) clock.jump(way);
      else clock.step(way);
    } else if (event.key === " " && !event.target.closest(PRESSED)) {
      event.preventDefault();
      clock.toggle();
    }
  });
}

function listenToBanner() {
  const banner = document.getElementById("adjusted");
  if (!banner) return;
  const path = `/api/v1/assessments/${page.id}/corrections`;
  const press = (selector, method, where) =>
    banner.querySelector(selector).addEventListener("click", async (event) => {
      event.target.disabled = true;
      try {
        await ask(method, where);
        location.assign(page.page);
        location.reload();
      } catch (error) {
        const problem = banner.querySelector(".problem");
        [problem.textContent, problem.hidden] = [error.status ? error.message : page.texts.offline, false];
        event.target.disabled = false;
      }
    });
  press("[data-undo]", "POST", `${path}/undo`);
  press("[data-restore]", "DELETE", path);
}
