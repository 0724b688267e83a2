// Small helpers for drawing: elements by name, points by angle.
const SPACE = "http://www.w3.org/2000/svg";

export function make(name, attributes = {}, parent = null) {
  const element = document.createElementNS(SPACE, name);
  set(element, attributes);
  if (parent) parent.append(element);
  return element;
}

export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

export function show(element, seen) {
  if (seen) element.removeAttribute("display");
  else element.setAttribute("display", "none");
}

// Image degrees: 0 to the right, 90 down.
export function direction(degrees) {
  const angle = (degrees * Math.PI) / 180;
  return [Math.cos(angle), Math.sin(angle)];
}

export function along([x, y], degrees, length) {
  const [across, down] = direction(degrees);
  return [x + length * across, y + length * down];
}

export const known = (...points) => points.every((point) => point && point.every(Number.isFinite));

export const path = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;

// A row of values at a time, between two samples by straight line; null where either is not known.
export function read(values, grid, time) {
  const step = grid.length > 1 ? (grid[grid.length - 1] - grid[0]) / (grid.length - 1) : 0;
  if (time < grid[0] - step || time > grid[grid.length - 1] + step) return null;
  const place = step ? Math.min(grid.length - 1, Math.max(0, (time - grid[0]) / step)) : 0;
  const before = Math.floor(place + 1e-6);
  const share = place - before;
  if (share < 1e-3 || before + 1 >= values.length) return values[before];
  return mix(values[before], values[before + 1], share);
}

function mix(first, second, share) {
  if (first === null || second === null) return null;
  if (!Array.isArray(first)) return first + share * (second - first);
  return first.map((value, index) => mix(value, second[index], share));
}
