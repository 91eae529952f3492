// A picture that Python replaces many times a second, and that can be drawn on.

function render({ model, el }) {
  const image = document.createElement("img");
  const cursor = document.createElement("div");
  el.classList.add("ganlib-screen");
  el.append(image, cursor);

  function show() {
    const old = image.src;
    image.onload = () => {
      URL.revokeObjectURL(old);
      // Controls beside the picture need the arrow keys, which JupyterLab would take to move on.
      const controls = el.closest(".widget-vbox")?.querySelectorAll("select, [role=slider]") ?? [];
      for (const control of controls) control.dataset.lmSuppressShortcuts = true;
    };
    // The old picture stays until the new one is decoded: no flicker.
    image.src = URL.createObjectURL(new Blob([model.get("png")], { type: "image/png" }));
  }

  function describe() {
    image.alt = model.get("alt");
    el.classList.toggle("drawing", model.get("drawing"));
    image.tabIndex = model.get("drawing") ? 0 : -1;
  }

  // Shares of the picture's width and height, from its top left corner.
  let place = [0.25, 0.5];

  function mark() {
    if (model.get("drawing")) model.send({ type: "mark", place });
  }

  function move(x, y) {
    place = [Math.min(Math.max(x, 0), 1), Math.min(Math.max(y, 0), 1)];
    cursor.style.left = `${100 * place[0]}%`;
    cursor.style.top = `${(place[1] * image.offsetHeight)}px`;
  }

  function follow(event) {
    const box = image.getBoundingClientRect();
    move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    if (event.buttons & 1) mark();
  }

  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function press(event) {
    if (!model.get("drawing")) return;
    if (event.key in steps) {
      const [x, y] = steps[event.key];
      move(place[0] + 0.02 * x, place[1] + 0.04 * y);
    } else if (event.key === " " || event.key === "Enter") {
      mark();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  image.draggable = false;
  image.addEventListener("pointerdown", follow);
  image.addEventListener("pointermove", follow);
  image.addEventListener("keydown", press);
  model.on("change:png", show);
  model.on("change:alt change:drawing", describe);
  describe();
  show();

  const alive = () => model.send({ type: "alive" });
  alive();
  const heartbeat = setInterval(alive, 2000);
  return () => {
    clearInterval(heartbeat);
    model.off("change:png", show);
    model.off("change:alt change:drawing", describe);
    URL.revokeObjectURL(image.src);
    model.send({ type: "closed" });
  };
}

export default { render };
