// Says on a live page that it is cut off, since when, and tries anew where nobody notices that nothing comes.
//
// The server says every 15 s at the latest that all is well (pages/live.py). A connection that ends is made again
// by hx-sse.min.js; of one over which nothing comes any more (a cable, a proxy, a machine that slept) neither
// side hears, so it is given up here.
(() => {
  "use strict";
  const SILENCE = 40000;
  let connection = null;
  let watch = 0;

  function cutOff() {
    document.getElementById("cut-off").hidden = false;
  }

  function wait() {
    clearTimeout(watch);
    watch = setTimeout(giveUp, SILENCE);
  }

  function heard(event) {
    connection = event.detail.connection;
    const said = document.getElementById("cut-off");
    said.hidden = true;
    said.querySelector("time").textContent = new Date().toTimeString().slice(0, 8);
    document.getElementById("ended").replaceChildren();
    wait();
  }

  function giveUp() {
    wait();
    if (document.hidden) return; // it listens only where somebody looks
    cutOff();
    if (connection === null) connect();
    else connection.reader?.cancel();
  }

  function connect() {
    const source = document.getElementById("live");
    htmx.ajax("GET", source.getAttribute("hx-sse:connect"), { source });
  }

  document.addEventListener("htmx:sse:after:connection", heard);
  document.addEventListener("htmx:sse:after:message", heard);
  document.addEventListener("htmx:sse:error", (event) => {
    if (event.detail.status !== 401 && event.detail.status !== 403) {
      cutOff();
      return;
    }
    // nobody is signed in any more, or may look no more: the page asks for itself, and is told so once
    document.getElementById("cut-off").hidden = true;
    if (!document.getElementById("ended").hasChildNodes()) htmx.trigger("#live", "changed");
  });
  document.addEventListener("htmx:sse:close", () => {
    connection = null;
  });
  document.addEventListener("DOMContentLoaded", () => {
    if (document.getElementById("live")) wait();
  });
})();
