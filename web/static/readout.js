// Numbers as people read them, and playheads over curves. Pages that are one file hold a copy without "export".
export function readable(value, panel, data) {
  const scale = 10 ** panel.decimals;
  const size = Math.floor(Math.abs(value) * scale + 0.5 + 1e-9) / scale;
  return (value < 0 && size ? "\u2212" : "") + size.toFixed(panel.decimals).replace(".", data.decimal);
}

export function interval(low, high, panel, data) {
  const [first, second] = [readable(low, panel, data), readable(high, panel, data)];
  if (first === second) return first;
  const words = first.startsWith("\u2212") ? data.signed : data.range;
  return words.replace("{low}", first).replace("{high}", second);
}

export function nearest(time, data) {
  const step = data.time.length > 1 ? data.time[1] - data.time[0] : 1;
  return Math.min(data.time.length - 1, Math.max(0, Math.round((time - data.time[0]) / step)));
}

// Moves every playhead to a time and writes the value there with its interval; never one without the other.
export function place(rows, data, time) {
  const [first, last] = data.span;
  const across = `${((100 * (time - first)) / (last - first)).toFixed(2)}%`;
  const frame = nearest(time, data);
  rows.forEach((row) => {
    const panel = data.panels[+row.dataset.panel];
    const value = panel.values[frame];
    const line = row.querySelector(".head-line");
    const dot = row.querySelector(".head-dot");
    line.setAttribute("x1", across);
    line.setAttribute("x2", across);
    dot.setAttribute("cx", across);
    const height = data.floor - ((value - panel.bottom) / (panel.top - panel.bottom)) * data.room;
    dot.setAttribute("cy", value === null ? -99 : height);
    const half = Array.isArray(panel.half) ? panel.half[frame] : panel.half;
    const known = value !== null && half !== null;
    row.querySelector("output").textContent = known ? readable(value, panel, data) + panel.unit : data.nothing;
    row.querySelector(".range").textContent = known ? interval(value - half, value + half, panel, data) : "";
  });
}
