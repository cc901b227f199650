// How the shop speaks to the router's widget: commands wait in an array until /widget.js takes its place.

window.router ??= [];

export function tell(...command) {
  window.router.push(command);
}
