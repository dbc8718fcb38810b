(function () {
  "use strict";
  var tools = document.getElementById("tools");
  var find = document.getElementById("find");
  var part = document.getElementById("part");
  var detail = document.getElementById("detail");
  var shown = document.getElementById("shown");
  var rows = Array.prototype.slice.call(document.querySelectorAll("tr[data-part]"));
  if (!rows.length) { return; }
  var fold = function (text) {
    return text.toLocaleLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/ı/g, "i").replace(/ə/g, "e");
  };
  var texts = null;
  var filter = function () {
    texts = texts || rows.map(function (row) { return fold(row.textContent); });
    var wanted = fold(find.value.trim()).split(/\s+/);
    var filtering = find.value.trim() || (part && part.value) || detail.value;
    var count = 0;
    rows.forEach(function (row, number) {
      var fits = (!part || !part.value || row.dataset.part === part.value)
        && (!detail.value || row.dataset.fields.split("|").indexOf(detail.value) >= 0)
        && wanted.every(function (word) { return texts[number].indexOf(word) >= 0; });
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    document.querySelectorAll("section.part").forEach(function (section) {
      section.hidden = Boolean(filtering) && !section.querySelector("tr[data-part]:not([hidden])");
      var more = section.querySelector("details");
      if (more && filtering) { more.open = true; }
    });
    shown.textContent = shown.dataset.text.replace("{n}", count).replace("{all}", rows.length);
  };
  var later = null;
  find.addEventListener("input", function () { clearTimeout(later); later = setTimeout(filter, 120); });
  if (part) { part.addEventListener("change", filter); }
  detail.addEventListener("change", filter);
  tools.addEventListener("submit", function (event) { event.preventDefault(); filter(); });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (more) { more.open = true; });
  });
  tools.hidden = false;
  filter();
})();
