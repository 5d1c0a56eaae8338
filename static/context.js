// Keeps this window honest: nothing shows while it is hidden, nothing after it returns until the service
// says that the context is still open, and nothing at all once it is not (architecture.md D4).
(() => {
  'use strict';
  const POLL_MS = 8000, ANSWER_MS = 5000, RETRY_MS = 2000;
  const root = document.documentElement;
  const connection = document.getElementById('connection');
  const checking = document.getElementById('checking');
  const offline = document.getElementById('offline');
  if (!connection) return;

  let ended = false, failures = 0, timer = 0;
  // An answer counts only when its question was asked after the window was last hidden.
  let turn = 0;

  const veil = () => {
    turn += 1;
    root.classList.add('veiled');
    checking.hidden = false;
    clearTimeout(timer);
  };

  const unveil = () => {
    root.classList.remove('veiled');
    checking.hidden = true;
  };

  const end = (phase) => {
    ended = true;
    clearTimeout(timer);
    const notice = document.getElementById('ended-' + phase) || document.getElementById('ended-unknown');
    document.body.replaceChildren(notice.content.cloneNode(true));
    root.classList.remove('veiled');
    document.title = document.querySelector('h1').textContent;
    document.querySelector('h1').focus();
  };

  const ask = async () => {
    const abort = new AbortController();
    const limit = setTimeout(() => abort.abort(), ANSWER_MS);
    try {
      const answer = await fetch(connection.dataset.status, {cache: 'no-store', signal: abort.signal});
      return (await answer.json()).phase;
    } catch (error) {
      return null;
    } finally {
      clearTimeout(limit);
    }
  };

  const poll = async () => {
    const mine = turn;
    const started = performance.now();
    const phase = await ask();
    if (ended || mine !== turn) return;
    if (phase && phase !== 'open') {
      end(phase);
      return;
    }
    failures = phase ? 0 : failures + 1;
    offline.hidden = failures < 2;
    if (phase) unveil();
    const wait = root.classList.contains('veiled') ? RETRY_MS : POLL_MS;
    timer = setTimeout(poll, Math.max(0, wait - (performance.now() - started)));
  };

  const wake = () => {
    if (ended || document.hidden) return;
    turn += 1;
    clearTimeout(timer);
    poll();
  };

  document.addEventListener('visibilitychange', () => {
    if (ended) return;
    if (document.hidden) veil(); else wake();
  });
  // A page kept in memory by the browser comes back as it was left: leave it veiled.
  addEventListener('pagehide', () => { if (!ended) veil(); });
  addEventListener('pageshow', (event) => { if (event.persisted) { veil(); wake(); } });

  if (document.hidden) veil(); else timer = setTimeout(poll, POLL_MS);
})();
