"use strict";
for (const plot of document.querySelectorAll(".plot")) {
  const at = plot.querySelector(".at");
  if (!at) continue;
  const xs = at.textContent.split(" ").map(Number);
  const texts = plot.querySelector(".say").textContent.split("|");
  const cross = document.createElement("div");
  const tip = document.createElement("div");
  cross.className = "cross";
  tip.className = "tip";
  cross.hidden = tip.hidden = true;
  plot.append(cross, tip);
  const show = event => {
    const box = plot.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * 1000;
    let best = 0;
    xs.forEach((v, i) => { if (Math.abs(v - x) < Math.abs(xs[best] - x)) best = i; });
    cross.hidden = tip.hidden = false;
    cross.style.left = xs[best] / 10 + "%";
    tip.textContent = texts[best];
    const left = xs[best] / 1000 * box.width;
    const room = left + tip.offsetWidth + 12 < box.width + 60;
    tip.style.left = Math.max(-30, room ? left + 10 : left - tip.offsetWidth - 10) + "px";
  };
  const hide = () => { cross.hidden = tip.hidden = true; };
  plot.addEventListener("pointermove", show);
  plot.addEventListener("pointerdown", show);
  plot.addEventListener("pointerleave", hide);
}
