"use strict";
// A scene, a recording or a corpus as the data of this page has it. No other script, no other place is asked for.
const data = JSON.parse(document.getElementById("data").textContent);
const make = (tag, parent, set = {}) => Object.assign(parent.appendChild(document.createElement(tag)), set);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const number = (v) => String(+v.toFixed(Math.abs(v) >= 100 ? 0 : 2)).replace("-", "−");

const drawers = [];

/* A scene or a recording under one clock. */
function moving() {
  const clock = make("div", document.body, { id: "clock" });
  const play = make("button", clock, { id: "play", textContent: "▶ play" });
  const slider = make("input", clock, { id: "time", type: "range", min: 0, max: data.duration_s, step: 0.001, value: 0 });
  slider.setAttribute("aria-label", "time, s");
  const told = make("output", clock, { id: "told" });
  const main = make("main", document.body);
  if (data.stage) drawers.push(stage(main, data.stage));
  for (const panel of data.panels) drawers.push(panel.points ? points(main, panel) : map(main, panel));
  const show = () => {
    const t = +slider.value;
    told.textContent = `${t.toFixed(2)} of ${data.duration_s.toFixed(2)} s`;
    drawers.forEach((draw) => draw(t));
  };
  slider.addEventListener("input", show);
  // `#t=1.5` is a link to a moment.
  const linked = () => { const m = /t=([\d.]+)/.exec(location.hash); if (m) { slider.value = m[1]; show(); } };
  addEventListener("hashchange", linked);
  let last = null;
  const step = (now) => {
    if (last === null) return;
    slider.value = (+slider.value + (now - last) / 1000) % data.duration_s;
    last = now;
    show();
    requestAnimationFrame(step);
  };
  play.addEventListener("click", () => {
    last = last === null ? performance.now() : null;
    play.textContent = last === null ? "▶ play" : "❚❚ pause";
    if (last !== null) requestAnimationFrame(step);
  });
  show();
  linked();
}

function figure(main, title, small, width, height, kind = "") {
  const box = make("figure", main, { className: kind });
  const caption = make("figcaption", box, { textContent: title + " " });
  make("small", caption, { textContent: small });
  const canvas = make("canvas", box, { width, height });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${title}: ${small}`);
  return canvas;
}

function ticks(low, high, count) {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999);
  const out = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) out.push(i * step);
  return out;
}

const BOX = { left: 62, top: 8, right: 88, bottom: 46, width: 678, height: 400 };
function axes(c, x, y) {
  const { left, top, right, bottom, width, height } = BOX, w = width - left - right, h = height - top - bottom;
  c.fillStyle = c.strokeStyle = css("--ink");
  c.font = "16px system-ui, sans-serif";
  c.strokeRect(left, top, w, h);
  c.textAlign = "center"; c.textBaseline = "top";
  for (const v of ticks(x.low, x.high, 8)) {
    const at = left + w * (v - x.low) / (x.high - x.low);
    c.fillRect(at, top + h, 1, 5); c.fillText(number(v), at, top + h + 6);
  }
  c.fillText(x.label, left + w / 2, top + h + 25);
  c.textAlign = "right"; c.textBaseline = "middle";
  for (const v of ticks(y.low, y.high, 6)) {
    const at = top + h - h * (v - y.low) / (y.high - y.low);
    c.fillRect(left - 5, at, 5, 1); c.fillText(number(v), left - 8, at);
  }
  c.save(); c.translate(14, top + h / 2); c.rotate(-Math.PI / 2); c.textAlign = "center"; c.fillText(y.label, 0, 0); c.restore();
  return { left, top, w, h };
}

/* A map with axes; one whose columns are time has a cursor, one of frames shows that of the moment. */
function map(main, panel) {
  const canvas = figure(main, panel.title, panel.values, BOX.width, BOX.height);
  const c = canvas.getContext("2d");
  const pictures = panel.pngs.map((png) => { const i = new Image(); i.src = png; return i; });
  let now = 0;
  const draw = (t) => {
    now = t;
    c.clearRect(0, 0, canvas.width, canvas.height);
    const { left, top, right, bottom, width, height } = BOX, w = width - left - right, h = height - top - bottom;
    const times = panel.times;
    const shown = times ? pictures[Math.max(0, times.findLastIndex((time) => time <= t + 1e-9))] : pictures[0];
    c.imageSmoothingEnabled = false;
    if (shown.complete && shown.naturalWidth) c.drawImage(shown, left, top, w, h);
    const bar = left + w + 12, steps = panel.palette.length;
    panel.palette.forEach((colour, i) => { c.fillStyle = colour; c.fillRect(bar, top + h - h * (i + 1) / steps, 14, h / steps + 1); });
    axes(c, panel.x, panel.y);
    c.textAlign = "left"; c.textBaseline = "middle";
    for (const v of ticks(panel.low, panel.high, 5)) c.fillText(number(v), bar + 18, top + h - h * (v - panel.low) / (panel.high - panel.low));
    if (panel.over_time && t >= panel.x.low && t <= panel.x.high) {
      c.fillStyle = "#ff3b30";
      c.fillRect(left + w * (t - panel.x.low) / (panel.x.high - panel.x.low) - 1, top, 2, h);
    }
  };
  pictures.forEach((picture) => { picture.onload = () => draw(now); });
  return draw;
}

/* Points from above: those of the frame of the moment, before those of all. */
function points(main, panel) {
  const canvas = figure(main, panel.title, panel.values, BOX.width, BOX.height), c = canvas.getContext("2d");
  return (t) => {
    c.clearRect(0, 0, canvas.width, canvas.height);
    const { left, top, w, h } = axes(c, panel.x, panel.y);
    const at = (p) => [left + w * (p[0] - panel.x.low) / (panel.x.high - panel.x.low), top + h - h * (p[1] - panel.y.low) / (panel.y.high - panel.y.low)];
    c.fillStyle = css("--ink"); c.globalAlpha = 0.3;
    for (const frame of panel.points) for (const p of frame) { const [x, y] = at(p); c.fillRect(x - 1, y - 1, 2, 2); }
    c.globalAlpha = 1;
    const i = panel.times.findLastIndex((time) => time <= t + 1e-9);
    for (const p of panel.points[i] ?? []) {
      const [x, y] = at(p), share = Math.max(-1, Math.min(1, p[2] / panel.fastest));
      c.fillStyle = share > 0 ? `hsl(10 ${80 * share}% 50%)` : `hsl(215 ${-80 * share}% 50%)`;
      c.beginPath(); c.arc(x, y, 5, 0, 7); c.fill();
    }
  };
}

/* Bodies, things, walls and sensors in space. */
function stage(main, scene) {
  const canvas = figure(main, "scene", "drag to turn, wheel to come nearer; facets are lit from the first sensor", 1200, 900, "stage");
  const c = canvas.getContext("2d");
  const meshes = scene.meshes.map((m) => ({
    ...m,
    faces: new Uint32Array(bytes(m.faces).buffer),
    frames: new Int16Array(bytes(m.frames).buffer),
  }));
  const eye = { turn: -0.65, tilt: 0.32, away: 1.8 * scene.reach, at: scene.centre };
  let now = 0;
  const project = (x, y, z) => {
    const [dx, dy, dz] = [x - eye.at[0], y - eye.at[1], z - eye.at[2]];
    const s = Math.sin(eye.turn), k = Math.cos(eye.turn), a = dx * k + dy * s, b = -dx * s + dy * k;
    const st = Math.sin(eye.tilt), ct = Math.cos(eye.tilt);
    const depth = eye.away + b * ct - dz * st, up = b * st + dz * ct, f = 1150 / Math.max(depth, 0.05);
    return [600 + a * f, 450 - up * f, depth];
  };
  const line = (p, q, colour, wide = 1) => {
    const [a, b] = [project(...p), project(...q)];
    if (Math.min(a[2], b[2]) < 0.1) return;
    c.strokeStyle = colour; c.lineWidth = wide; c.beginPath(); c.moveTo(a[0], a[1]); c.lineTo(b[0], b[1]); c.stroke();
  };
  const draw = (t) => {
    now = t;
    c.clearRect(0, 0, canvas.width, canvas.height);
    const rule = css("--line"), [xl, xh, yl, yh] = scene.floor;
    for (let x = Math.ceil(xl); x <= xh; x++) line([x, yl, 0], [x, yh, 0], rule);
    for (let y = Math.ceil(yl); y <= yh; y++) line([xl, y, 0], [xh, y, 0], rule);
    if (scene.room) {
      const { x, y, z } = scene.room;
      for (const h of z) for (const [p, q] of [[[x[0], y[0]], [x[1], y[0]]], [[x[1], y[0]], [x[1], y[1]]], [[x[1], y[1]], [x[0], y[1]]], [[x[0], y[1]], [x[0], y[0]]]]) line([...p, h], [...q, h], css("--accent"), 1.5);
      for (const a of x) for (const b of y) line([a, b, z[0]], [a, b, z[1]], css("--accent"), 1.5);
    }
    const facets = [], light = scene.sensors.length ? scene.sensors[0].position : [0, 0, 2];
    for (const m of meshes) {
      const count = m.vertices, whole = m.count - 1;
      // Between two postures the vertices go straight.
      const place = whole ? Math.min(whole, Math.max(0, t / data.duration_s * whole)) : 0;
      const i = Math.min(Math.floor(place), Math.max(0, whole - 1)), share = place - i, next = whole ? 3 * count : 0;
      const world = new Float64Array(3 * count), seen = new Float64Array(3 * count);
      for (let v = 0; v < 3 * count; v++) {
        const from = m.frames[i * 3 * count + v];
        world[v] = (from + share * (m.frames[i * 3 * count + next + v] - from)) * m.scale;
      }
      for (let v = 0; v < 3 * count; v += 3) { const p = project(world[v], world[v + 1], world[v + 2]); seen[v] = p[0]; seen[v + 1] = p[1]; seen[v + 2] = p[2]; }
      for (let f = 0; f < m.faces.length; f += 3) {
        const [a, b, d] = [3 * m.faces[f], 3 * m.faces[f + 1], 3 * m.faces[f + 2]];
        const turn = (seen[b] - seen[a]) * (seen[d + 1] - seen[a + 1]) - (seen[b + 1] - seen[a + 1]) * (seen[d] - seen[a]);
        if (turn >= 0 || Math.min(seen[a + 2], seen[b + 2], seen[d + 2]) < 0.1) continue;
        const u = [world[b] - world[a], world[b + 1] - world[a + 1], world[b + 2] - world[a + 2]];
        const w = [world[d] - world[a], world[d + 1] - world[a + 1], world[d + 2] - world[a + 2]];
        const n = [u[1] * w[2] - u[2] * w[1], u[2] * w[0] - u[0] * w[2], u[0] * w[1] - u[1] * w[0]];
        const l = [light[0] - world[a], light[1] - world[a + 1], light[2] - world[a + 2]];
        const lit = (n[0] * l[0] + n[1] * l[1] + n[2] * l[2]) / (Math.hypot(...n) * Math.hypot(...l) || 1);
        facets.push([(seen[a + 2] + seen[b + 2] + seen[d + 2]) / 3, seen, a, b, d, 0.35 + 0.65 * Math.max(0, lit), m.colour]);
      }
    }
    facets.sort((p, q) => q[0] - p[0]);
    c.lineWidth = 0.7;
    for (const [, seen, a, b, d, bright, colour] of facets) {
      c.fillStyle = c.strokeStyle = `rgb(${colour.map((v) => Math.round(v * bright)).join(",")})`;
      c.beginPath(); c.moveTo(seen[a], seen[a + 1]); c.lineTo(seen[b], seen[b + 1]); c.lineTo(seen[d], seen[d + 1]); c.closePath(); c.fill(); c.stroke();
    }
    c.font = "18px system-ui, sans-serif"; c.textAlign = "center"; c.textBaseline = "bottom";
    for (const s of scene.sensors) {
      const p = s.position, tip = p.map((v, k) => v + 0.5 * (s.direction ? s.direction[k] : 0));
      if (s.direction) line(p, tip, "#d1242f", 2.5);
      line([p[0], p[1], 0], p, css("--line"), 1.5);
      const q = project(...p);
      c.fillStyle = "#d1242f"; c.beginPath(); c.arc(q[0], q[1], 6, 0, 7); c.fill();
      c.fillStyle = css("--ink"); c.fillText(s.name, q[0], q[1] - 10);
    }
  };
  let grabbed = null;
  canvas.addEventListener("pointerdown", (e) => { grabbed = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); });
  canvas.addEventListener("pointerup", () => { grabbed = null; });
  canvas.addEventListener("pointermove", (e) => {
    if (!grabbed) return;
    eye.turn -= (e.clientX - grabbed[0]) / 150;
    eye.tilt = Math.max(-0.2, Math.min(1.57, eye.tilt + (e.clientY - grabbed[1]) / 150));
    grabbed = [e.clientX, e.clientY];
    draw(now);
  });
  canvas.addEventListener("wheel", (e) => { e.preventDefault(); eye.away *= Math.exp(e.deltaY / 800); draw(now); }, { passive: false });
  return draw;
}

/* A corpus as a grid. */
function corpus() {
  const bar = make("div", document.body, { className: "bar" });
  const search = make("input", bar, { type: "search", id: "search", placeholder: "search labels, subjects, sessions" });
  const choose = (key) => {
    const box = make("select", bar, { id: key });
    box.setAttribute("aria-label", key);
    make("option", box, { value: "", textContent: `every ${key}` });
    for (const value of [...new Set(data.samples.map((s) => s[key]))].sort()) make("option", box, { value, textContent: value || "(none)" });
    return box;
  };
  const chosen = { split: choose("split"), label: choose("label"), subject: choose("subject") };
  const count = make("span", bar, { id: "count" });
  const main = make("main", document.body);
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (s) => Object.entries(chosen).every(([key, box]) => !box.value || s[key] === box.value) &&
      words.every((word) => `${s.label} ${s.subject} ${s.session} ${s.split} ${s.id}`.toLowerCase().includes(word));
    const found = data.samples.filter(fits);
    count.textContent = `${found.length} of ${data.samples.length} samples`;
    main.replaceChildren();
    for (const s of found.slice(0, 300)) {
      const box = make("figure", main, { className: "card" });
      make("figcaption", box, { textContent: s.label });
      if (s.picture) make("img", box, { src: s.picture, loading: "lazy", alt: `views of sample ${s.id}: ${s.label}` });
      make("p", box, { textContent: `sample ${s.id} · ${s.split} · subject ${s.subject} · ${s.session}` + (s.picture ? "" : " · no picture in this file") });
    }
    if (found.length > 300) make("p", main, { textContent: `${found.length - 300} more: search for fewer` });
  };
  [search, ...Object.values(chosen)].forEach((box) => box.addEventListener("input", show));
  show();
}

const head = make("header", document.body);
make("h1", head, { textContent: data.title });
make("p", head, { textContent: data.about });
if (data.samples) corpus(); else moving();
const notes = make("div", document.body, { className: "notes" });
for (const note of data.notes) make("p", notes, { textContent: note });
