// One clock for video, playhead, numbers and repetitions. Everything works without it, only not together.
"use strict";
(() => {
  const source = document.getElementById("curve-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const video = document.querySelector("video");
  const picture = document.querySelector(".big");
  const head = document.getElementById("head");
  const rows = [...document.querySelectorAll(".panel-row[data-panel]")];
  const buttons = [...document.querySelectorAll(".thumbs button")];
  const [first, last] = data.span;

  function draw(time) {
    place(rows, data, time);
    head.value = time;
    head.setAttribute("aria-valuetext", `${time.toFixed(1)} s`);
    const rep = data.reps.find((mark) => time >= mark.start && time < mark.end);
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(rep && +button.dataset.rep === rep.index)));
  }

  function go(time) {
    if (video) {
      video.pause();
      video.currentTime = Math.max(0, time);
    }
    draw(Math.min(last, Math.max(first, time)));
  }

  function show(index) {
    const rep = data.reps.find((mark) => mark.index === index);
    const button = buttons.find((one) => +one.dataset.rep === index);
    const thumb = button && button.querySelector("img");
    if (picture && thumb) [picture.src, picture.alt] = [thumb.src, thumb.alt];
    if (rep) go(rep.turn);
  }

  rows.forEach((row) =>
    row.querySelector(".panel").addEventListener("click", (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      go(first + ((event.clientX - box.left) / box.width) * (last - first));
    }),
  );
  buttons.forEach((button) => button.addEventListener("click", () => show(+button.dataset.rep)));
  document.querySelectorAll(".seek").forEach((button) =>
    button.addEventListener("click", () => {
      go(+button.dataset.at);
      document.querySelector(".bench").scrollIntoView({ block: "nearest" });
    }),
  );
  head.hidden = false;
  head.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!event.shiftKey || !way) return;
    event.preventDefault();
    const turns = data.reps.map((rep) => rep.turn).filter((turn) => way * (turn - head.value) > 0.05);
    if (turns.length) go(way > 0 ? turns[0] : turns[turns.length - 1]);
  });
  head.addEventListener("input", () => go(+head.value));
  if (video) {
    const follow = () => draw(Math.min(last, Math.max(first, video.currentTime)));
    const tick = () => {
      follow();
      if (!video.paused) requestAnimationFrame(tick);
    };
    video.addEventListener("play", tick);
    video.addEventListener("seeked", follow);
  }
  addEventListener("beforeprint", () =>
    document.querySelectorAll(".find details, .checked details").forEach((one) => (one.open = true)),
  );
})();
