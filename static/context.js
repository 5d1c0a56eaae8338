// Keeps this window honest: nothing shows while it is hidden, nothing after it returns until the service
// says that the context is still open, and nothing at all once it is not (architecture.md D4, D17).
(() => {
  'use strict';
  const POLL_MS = 8000, ANSWER_MS = 5000, RETRY_MS = 2000, TICK_MS = 1000, SLEPT_MS = 5000;
  const STALE_MINUTES = 15, SPOKEN_EACH = 15, SPOKEN_ALL = 20;
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);
  const connection = find('connection');
  if (!connection) return;
  const {status, extend, printed, page, warn} = connection.dataset;
  const checking = find('checking'), offline = find('offline'), stale = find('stale');
  const warning = find('warning'), left = find('warning-left'), spoken = find('warning-spoken');
  // When this page was asked for: no later than when the service counted from.
  const began = Date.now() - performance.now();

  let ended = false, failures = 0, timer = 0, dismissed = false, ticked = Date.now();
  // An answer counts only when its question was asked after the window was last hidden.
  let turn = 0;
  let endsAt = 0, lastAt = 0;

  const count = (from, seconds, secondsInAll) => {
    endsAt = from + seconds * 1000;
    lastAt = from + secondsInAll * 1000;
  };
  count(began, connection.dataset.left, connection.dataset.inAll);

  const veil = () => {
    turn += 1;
    root.classList.add('veiled');
    checking.hidden = false;
    warning.close();
    clearTimeout(timer);
  };

  const unveil = () => {
    root.classList.remove('veiled');
    checking.hidden = true;
  };

  const end = (phase) => {
    ended = true;
    clearTimeout(timer);
    clearInterval(ticking);
    const notice = find('ended-' + phase) || find('ended-unknown');
    document.body.replaceChildren(notice.content.cloneNode(true));
    root.classList.remove('veiled');
    document.title = document.querySelector('h1').textContent;
    document.querySelector('h1').focus();
  };

  // What the service answers, or null when it gives no answer.
  const ask = async (url, method) => {
    const abort = new AbortController();
    const limit = setTimeout(() => abort.abort(), ANSWER_MS);
    const asked = Date.now();
    try {
      const headers = {Accept: 'application/json'};
      const answer = await fetch(url, {method, headers, cache: 'no-store', signal: abort.signal});
      const standing = await answer.json();
      if (standing.left >= 0) count(asked, standing.left, standing.in_all);
      return standing.phase;
    } catch (error) {
      return null;
    } finally {
      clearTimeout(limit);
    }
  };

  const poll = async (url = status, method = 'GET') => {
    const mine = turn;
    const started = performance.now();
    const phase = await ask(url, method);
    if (ended || mine !== turn) return;
    // Refused, or no answer: the status tells which.
    if (!phase && url !== status) return poll();
    if (phase && phase !== 'open') {
      end(phase);
      return;
    }
    failures = phase ? 0 : failures + 1;
    offline.hidden = failures < 2;
    if (phase) unveil();
    tick();
    const soon = root.classList.contains('veiled') || warning.open;
    timer = setTimeout(poll, Math.max(0, (soon ? RETRY_MS : POLL_MS) - (performance.now() - started)));
  };

  const wake = (url, method) => {
    if (ended || document.hidden) return;
    turn += 1;
    ticked = Date.now();
    clearTimeout(timer);
    poll(url, method);
  };

  const caution = (seconds) => {
    const last = lastAt - endsAt < TICK_MS;
    if (dismissed && last) return;
    const said = {60: left.dataset.minute, 1: left.dataset.second}[seconds] || left.dataset.seconds.replace('#', seconds);
    if (left.textContent === said && warning.open) return;
    left.textContent = said;
    find('warning-last').hidden = !last;
    const first = !warning.open;
    if (first) warning.showModal();
    if (!first && (seconds <= SPOKEN_ALL || seconds % SPOKEN_EACH === 0)) spoken.textContent = said;
  };

  // Once a second. A computer that slept, or whose clock was set, counts wrongly: ask before anything shows.
  const tick = () => {
    if (ended || document.hidden) return;
    const now = Date.now(), slept = Math.abs(now - ticked - TICK_MS) > SLEPT_MS;
    ticked = now;
    if (slept) {
      veil();
      wake();
      return;
    }
    const seconds = Math.ceil((endsAt - now) / 1000), minutes = Math.floor((now - began) / 60000);
    if (seconds <= 0) {
      end('expired');
      return;
    }
    stale.hidden = minutes < STALE_MINUTES;
    if (!stale.hidden) stale.firstChild.textContent = stale.firstChild.dataset.text.replace('#', minutes);
    if (root.classList.contains('veiled')) return;
    if (seconds <= warn) caution(seconds); else if (warning.open) warning.close();
  };

  // "Doorgaan", also by Escape. When nothing can be gained any more it only puts the warning away.
  const goOn = (event) => {
    event.preventDefault();
    dismissed = lastAt - endsAt < TICK_MS;
    if (dismissed) warning.close(); else wake(extend, 'POST');
  };
  find('continue').addEventListener('click', goOn);
  warning.addEventListener('cancel', goOn);

  document.addEventListener('visibilitychange', () => {
    if (ended) return;
    if (document.hidden) veil(); else wake();
  });
  // A page kept in memory by the browser comes back as it was left: leave it veiled.
  addEventListener('pagehide', () => { if (!ended) veil(); });
  addEventListener('pageshow', (event) => { if (event.persisted) { veil(); wake(); } });

  if (printed) {
    addEventListener('beforeprint', () => {
      if (!ended) fetch(printed, {method: 'POST', body: new URLSearchParams({pagina: page}), keepalive: true}).catch(() => {});
    });
  }
  const print = find('print');
  if (print) {
    print.hidden = false;
    print.addEventListener('click', () => window.print());
  }

  // The clinical line stays below the banner, however high that is.
  const banner = document.querySelector('.banner');
  new ResizeObserver(() => root.style.setProperty('--banner', banner.offsetHeight + 'px')).observe(banner);

  const ticking = setInterval(tick, TICK_MS);
  if (document.hidden) veil(); else timer = setTimeout(poll, POLL_MS);
})();
