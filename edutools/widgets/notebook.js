// How a widget's module ends in a notebook, where a kernel stands behind it.

// anywidget gives a module two seconds to load. Where a page is busier than that (a slow machine that runs all cells
// of a lesson), every later message from Python awaits a promise that has failed, and is lost. A widget that is drawn
// has nothing left to wait for: it takes messages as ipywidgets does, and asks once for what it has missed.
async function hearPython(model) {
  const own = await model.widget_manager.get_model(model.get("_own_id"));
  const heard = await own._handle_comm_msg({ content: { data: {} } }).then(() => true, () => false);
  if (heard) return;
  const { _handle_comm_msg: take } = Object.getPrototypeOf(own.constructor.prototype);
  own.comm.on_msg((message) => take.call(own, message));
  own.comm.send({ method: "request_state" });
}

export default {
  render(context) {
    // Where no widget manager of Jupyter's is, there is nothing to mend.
    hearPython(context.model).catch(() => {});
    return careful(render)(context);
  },
};
