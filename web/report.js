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

  const number = (value, panel) => {
    const scale = 10 ** panel.decimals;
    const size = Math.floor(Math.abs(value) * scale + 0.5 + 1e-9) / scale;
    return (value < 0 && size ? "\u2212" : "") + size.toFixed(panel.decimals).replace(".", data.decimal);
  };
  const span = (low, high, panel) => {
    const [first, second] = [number(low, panel), number(high, panel)];
    const words = first.startsWith("\u2212") ? data.signed : data.range;
    return words.replace("{low}", first).replace("{high}", second);
  };
  const nearest = (time) => {
    const step = data.time.length > 1 ? data.time[1] - data.time[0] : 1;
    return Math.min(data.time.length - 1, Math.max(0, Math.round((time - data.time[0]) / step)));
  };
  const height = (value, panel) => data.floor - ((value - panel.bottom) / (panel.top - panel.bottom)) * data.room;

  function draw(time) {
    const across = `${((100 * (time - first)) / (last - first)).toFixed(2)}%`;
    rows.forEach((row, index) => {
      const panel = data.panels[index];
      const value = panel.values[nearest(time)];
      const line = row.querySelector(".head-line");
      const dot = row.querySelector(".head-dot");
      line.setAttribute("x1", across);
      line.setAttribute("x2", across);
      dot.setAttribute("cx", across);
      dot.setAttribute("cy", value === null ? -99 : height(value, panel));
      const half = Array.isArray(panel.half) ? panel.half[nearest(time)] : panel.half;
      const known = value !== null && half !== null; // a value without its interval is never shown
      row.querySelector("output").textContent = known ? number(value, panel) + panel.unit : data.nothing;
      row.querySelector(".range").textContent = known ? span(value - half, value + half, panel) : "";
    });
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
