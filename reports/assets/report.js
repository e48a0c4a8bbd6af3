(function () {
  var root = document.documentElement, button = document.querySelector('.theme'), key = 'cx-theme', saved;
  try { saved = localStorage.getItem(key); } catch (e) { saved = null; }
  if (saved === 'dark' || saved === 'light') root.setAttribute('data-theme', saved);
  button.hidden = false;
  button.addEventListener('click', function () {
    var now = root.getAttribute('data-theme') || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    now = now === 'dark' ? 'light' : 'dark';
    root.setAttribute('data-theme', now);
    try { localStorage.setItem(key, now); } catch (e) { /* the choice lasts for this page */ }
  });
  var tip = document.createElement('div');
  tip.id = 'tip'; tip.hidden = true; tip.setAttribute('aria-hidden', 'true');
  document.body.appendChild(tip);
  document.querySelectorAll('.chart title').forEach(function (title) {
    title.parentNode.setAttribute('data-tip', title.textContent);
    title.remove();
  });
  document.addEventListener('pointermove', function (event) {
    var mark = event.target.closest && event.target.closest('[data-tip]');
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.getAttribute('data-tip');
    var top = event.clientY - tip.offsetHeight - 12;
    tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)) + 'px';
    tip.style.top = (top < 4 ? event.clientY + 18 : top) + 'px';
  });
})();
