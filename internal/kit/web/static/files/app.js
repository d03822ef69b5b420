// Progressive enhancement only: every page works with this file blocked.
//
// data-worklist        table: J K move, X selects, Enter opens; data-key="t" on a button: its key
// data-search          field that "/" goes to and that scans fall into; data-scan goes before it
// data-autosave=URL    form: posted in the background when typing rests; X-Draft-Version of the
//                      answer is put into the form's field "version"
// data-upload-url=URL  resumable upload: POST URL with Upload-Length and Upload-Name (URI-encoded)
//                      answers 201, Location and Upload-Id; PATCH Location with Upload-Offset and a
//                      chunk answers 204 and the new Upload-Offset (409: the right one); HEAD asks
//                      for it; 4xx ends it with the problem's detail shown to the person; DELETE
//                      takes the file off again
// data-suggest=URL     text field: URL?q=… answers [{"value":…,"label":…}]
// data-live=URL        part of a page that is fetched again and again; see ui.Live
// data-copy, data-print, data-all, data-bulk: small helpers
(function () {
  'use strict';
  var d = document, root = d.documentElement;
  root.classList.add('on');
  function one(s, from) { return (from || d).querySelector(s); }
  function all(s, from) { return [].slice.call((from || d).querySelectorAll(s)); }
  function store(k, v) {
    try {
      if (v === undefined) return localStorage.getItem(k);
      if (v === null) localStorage.removeItem(k); else localStorage.setItem(k, v);
    } catch (e) { /* storage is off: nothing is remembered */ }
    return null;
  }
  function el(tag, cls, text) {
    var n = d.createElement(tag);
    if (cls) n.className = cls;
    if (text) n.textContent = text;
    return n;
  }
  var first = one('.errsum[data-autofocus]') || one('[data-autofocus]');
  if (first) first.focus();

  // Menus close on Escape and when the pointer goes elsewhere.
  d.addEventListener('click', function (ev) {
    all('details.drop[open]').forEach(function (m) { if (!m.contains(ev.target)) m.open = false; });
    var b = ev.target.closest('[data-copy],[data-print],[data-keys]');
    if (!b) return;
    if (b.hasAttribute('data-print')) window.print();
    else if (b.hasAttribute('data-keys')) help();
    else if (navigator.clipboard) navigator.clipboard.writeText(b.dataset.copy).then(function () {
      var s = one('span', b), old = s.textContent;
      s.setAttribute('role', 'status');
      s.textContent = b.dataset.done;
      setTimeout(function () { s.textContent = old; }, 2000);
    });
  });
  d.addEventListener('keydown', function (ev) {
    if (ev.key !== 'Escape') return;
    all('details.drop[open]').forEach(function (m) { m.open = false; one('summary', m).focus(); });
  });

  // Shortcuts, which people may switch off; the account keeps it.
  var dialog = one('#keys'), on = root.dataset.keys !== 'off', box = one('[data-keys-on]');
  if (box) box.addEventListener('change', function () {
    on = box.checked;
    fetch(box.dataset.keysOn, { method: 'POST', body: new URLSearchParams({ 'phim-tat': on ? 'bat' : 'tat' }), redirect: 'manual', keepalive: true }).catch(function () { box.checked = on; });
  });
  function help() { if (dialog && dialog.showModal && !dialog.open) dialog.showModal(); }

  var table = one('table[data-worklist]'), rows = table ? [].slice.call(table.tBodies[0].rows) : [], cur = -1;
  function go(n) {
    if (!rows[n]) {
      var more = n >= rows.length && one('a[rel=next]');
      if (more) more.focus();
      return;
    }
    if (rows[cur]) rows[cur].classList.remove('cur');
    cur = n;
    rows[cur].classList.add('cur');
    var a = one('a', rows[cur]);
    if (a) a.focus();
    rows[cur].scrollIntoView({ block: 'nearest' });
  }
  rows.forEach(function (r, i) {
    if (r.classList.contains('cur')) cur = i;
    r.addEventListener('focusin', function () { if (cur !== i) { if (rows[cur]) rows[cur].classList.remove('cur'); cur = i; r.classList.add('cur'); } });
  });
  function selection() {
    var n = all('[data-row]:checked').length;
    all('[data-bulk]').forEach(function (b) { b.disabled = n === 0; });
    all('[data-selected]').forEach(function (s) { s.textContent = n || ''; });
  }
  d.addEventListener('change', function (ev) {
    if (ev.target.matches('[data-all]')) all('[data-row]').forEach(function (c) { c.checked = ev.target.checked; });
    if (ev.target.matches('[data-row],[data-all]')) selection();
  });
  selection();

  function shortcut(k) {
    if (!on) return;
    if (k === '?') return help();
    if (k === '/') { var s = one('[data-search]'); if (s && s.offsetParent) { s.focus(); s.select(); } return; }
    if (table && k === 'j') return go(cur + 1);
    if (table && k === 'k') return go(Math.max(cur - 1, 0));
    if (table && k === 'x' && rows[cur]) { var c = one('[data-row]', rows[cur]); if (c) c.click(); return; }
    var b = all('[data-key]').filter(function (e) { return e.dataset.key.toLowerCase() === k && !e.disabled; })[0];
    if (b) b.click();
  }
  // A handheld scanner types far faster than a hand and ends with Enter. While no field has the
  // focus, single keys wait a moment: what turns out to be a scan goes into the search field.
  var burst = '', timer = 0;
  function free(t) {
    return !(t.isContentEditable || /^(SELECT|TEXTAREA)$/.test(t.tagName) ||
      t.tagName === 'INPUT' && !/^(checkbox|radio|button|submit)$/.test(t.type));
  }
  d.addEventListener('keydown', function (ev) {
    if (ev.ctrlKey || ev.metaKey || ev.altKey || ev.isComposing || !free(ev.target) || dialog && dialog.open) return;
    if (ev.key === 'Enter') {
      if (burst.length > 3) {
        ev.preventDefault();
        clearTimeout(timer);
        var f = one('[data-scan]') || one('[data-search]'), text = burst;
        burst = '';
        if (f) {
          f.value = text;
          f.dispatchEvent(new Event('input', { bubbles: true }));
          f.focus();
          if (f.form && f.form.requestSubmit) f.form.requestSubmit();
        }
      } else if (on && ev.target === d.body && rows[cur]) {
        var a = one('a', rows[cur]);
        if (a) a.click();
      }
      return;
    }
    if (ev.key.length !== 1 || ev.key === ' ' && !burst) return;
    if (ev.key === '/' || ev.key === ' ') ev.preventDefault();
    burst += ev.key;
    clearTimeout(timer);
    timer = setTimeout(function () {
      var keys = burst;
      burst = '';
      if (keys.length === 1) shortcut(keys.toLowerCase());
    }, 60);
  });

  // Drafts.
  all('form[data-autosave]').forEach(function (form) {
    var state = one('[data-saved]'), timer = 0, dirty = false, busy = false, delay = 2000;
    function say(kind) {
      if (!state) return;
      var now = new Date(), pad = function (n) { return (n < 10 ? '0' : '') + n; };
      one('span', state).textContent = state.dataset[kind].replace('{time}', pad(now.getHours()) + ':' + pad(now.getMinutes()));
      state.classList.toggle('warn', kind === 'unsaved');
    }
    function save(last) {
      clearTimeout(timer);
      if (!dirty || busy) return;
      var data = new URLSearchParams();
      new FormData(form).forEach(function (v, k) { if (typeof v === 'string') data.append(k, v); });
      busy = true;
      dirty = false;
      say('saving');
      fetch(form.dataset.autosave, { method: 'POST', body: data, keepalive: !!last, redirect: 'error', headers: { 'X-Autosave': '1' } }).then(function (res) {
        if (!res.ok) throw res.status;
        var v = res.headers.get('X-Draft-Version');
        if (v && form.elements.version) form.elements.version.value = v;
        delay = 2000;
        say('saved');
      }).catch(function () {
        dirty = true;
        delay = Math.min(delay * 2, 60000);
        say('unsaved');
      }).then(function () { busy = false; if (dirty && !last) plan(); });
    }
    function plan() { clearTimeout(timer); timer = setTimeout(save, delay); }
    form.addEventListener('input', function () { dirty = true; plan(); });
    form.addEventListener('change', function () { dirty = true; plan(); });
    form.addEventListener('submit', function () { clearTimeout(timer); dirty = false; });
    window.addEventListener('online', function () { delay = 2000; save(); });
    d.addEventListener('visibilitychange', function () { if (d.visibilityState === 'hidden') save(true); });
  });

  // Uploads in chunks that survive a lost connection and a closed page.
  all('[data-upload-url]').forEach(function (zone) {
    var t = zone.dataset, input = one('input[type=file]', zone), chunk = 256 * 1024;
    if (!window.fetch || !input) return;
    input.addEventListener('change', function () {
      [].slice.call(input.files).forEach(start);
      input.value = ''; // the files travel by themselves, not with the form
    });
    function start(file) {
      var row = el('div', 'file'), grow = el('div', 'grow'), bar = el('progress'), note = el('span', 'muted small');
      var del = el('button', 'btn ghost', t.textRemove), aborted = false, wait = 1000, id = '';
      var key = 'up|' + [t.uploadUrl, file.name, file.size, file.lastModified].join('|');
      bar.max = file.size || 1;
      bar.value = 0;
      bar.setAttribute('aria-label', file.name);
      note.setAttribute('role', 'status');
      del.type = 'button';
      del.setAttribute('aria-label', t.textRemove + ' ' + file.name);
      del.onclick = function () {
        aborted = true;
        store(key, null);
        row.remove();
        release();
        drop();
      };
      grow.append(el('span', '', file.name), bar, note);
      row.append(grow, del);
      zone.append(row);
      if (+t.max && file.size > +t.max) return fail(t.textLarge);
      row.dataset.busy = '1';
      var at = store(key);
      if (at) ask(at); else create();
      // What was taken off the page is taken off the server too, once it is there: an announcement
      // that is under way is answered first. If this is lost, sending the form does the same.
      function drop() {
        if (at) fetch(at, { method: 'DELETE', keepalive: true }).catch(function () {});
      }
      function fail(text) {
        delete row.dataset.busy;
        store(key, null);
        bar.remove();
        note.className = 'err';
        note.textContent = text || t.textFailed;
        release();
      }
      function later(again) {
        if (aborted) return;
        note.textContent = t.textPaused;
        wait = Math.min(wait * 2, 30000);
        setTimeout(again, wait);
      }
      function refused(res) {
        return res.text().then(function (s) {
          try { s = JSON.parse(s).detail; } catch (e) { s = ''; }
          fail(s);
        });
      }
      function create() {
        fetch(t.uploadUrl, { method: 'POST', headers: { 'Upload-Length': file.size, 'Upload-Name': encodeURIComponent(file.name), 'Upload-Type': file.type || 'application/octet-stream', 'Upload-Field': t.uploadName } }).then(function (res) {
          if (res.status >= 500 || res.status === 429) return later(create);
          if (!res.ok) return refused(res);
          at = res.headers.get('Location');
          if (aborted) return drop();
          store(key, at);
          send(0, res);
        }, function () { later(create); });
      }
      function ask(where) {
        fetch(where, { method: 'HEAD' }).then(function (res) {
          if (res.status >= 500) return later(function () { ask(where); });
          if (!res.ok) { store(key, null); return create(); }
          send(+res.headers.get('Upload-Offset') || 0, res);
        }, function () { later(function () { ask(where); }); });
      }
      function send(offset, from) {
        if (aborted) return;
        id = from.headers.get('Upload-Id') || id;
        bar.value = offset;
        note.textContent = t.textProgress.replace('{percent}', Math.floor(100 * offset / (file.size || 1)));
        if (offset >= file.size) return done();
        fetch(at, { method: 'PATCH', headers: { 'Upload-Offset': offset, 'Content-Type': 'application/offset+octet-stream' }, body: file.slice(offset, offset + chunk) }).then(function (res) {
          if (res.status >= 500 || res.status === 429) return later(function () { ask(at); });
          if (res.status !== 409 && !res.ok) return refused(res);
          wait = 1000;
          send(+res.headers.get('Upload-Offset') || 0, res);
        }, function () { later(function () { ask(at); }); });
      }
      function done() {
        delete row.dataset.busy;
        store(key, null);
        bar.remove();
        note.textContent = t.textDone;
        var h = el('input');
        h.type = 'hidden';
        h.name = t.uploadName;
        h.value = id || at.split('/').pop();
        row.append(h);
        h.dispatchEvent(new Event('change', { bubbles: true }));
        release();
      }
    }
  });
  // A plain file field says what was chosen, under a label in the page's own words.
  all('[data-chosen]').forEach(function (out) {
    var input = one('input[type=file]', out.parentNode);
    if (input) input.addEventListener('change', function () {
      out.textContent = [].slice.call(input.files).map(function (f) { return f.name; }).join(', ');
    });
  });
  // A form that is sent while files are on their way waits for them.
  var held = null;
  function release() {
    if (!held || one('[data-busy]', held.form)) return;
    var h = held;
    held = null;
    h.form.removeAttribute('aria-busy');
    h.form.requestSubmit(h.by || undefined);
  }
  d.addEventListener('submit', function (ev) {
    if (!one('[data-busy]', ev.target) || ev.submitter && ev.submitter.formNoValidate) return;
    ev.preventDefault();
    ev.stopPropagation();
    ev.target.setAttribute('aria-busy', 'true');
    held = { form: ev.target, by: ev.submitter };
  }, true);

  // Parts that keep themselves up to date: every 20 s while somebody looks, more rarely while the
  // server does not answer.
  all('[data-live]').forEach(function (part) {
    var t = part.dataset, body = one('[data-live-body]', part), shown = one('[data-live-at]', part), said = one('[data-live-say]', part);
    var button = one('[data-live-pause]', part), tag = '', last = new Date(), wait = 20000, timer = 0, paused = false, lost = false;
    function clock() { return last.toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Ho_Chi_Minh'}); }
    function show(text) { shown.textContent = text.replace('{time}', clock()); }
    function plan() { clearTimeout(timer); if (!paused && !d.hidden) timer = setTimeout(ask, wait); }
    function put(html) {
      var old = d.activeElement, href = body.contains(old) && old.getAttribute('href');
      body.innerHTML = html;
      if (href) all('a', body).some(function (a) { if (a.getAttribute('href') === href) { a.focus(); return true; } });
    }
    function ask() {
      fetch(t.live, { headers: tag ? { 'X-Live': '1', 'If-None-Match': tag } : { 'X-Live': '1' }, cache: 'no-store', redirect: 'error' }).then(function (res) {
        if (res.status !== 304 && !res.ok) throw res.status;
        var back = lost;
        lost = false;
        wait = 20000;
        last = new Date();
        part.classList.remove('stale');
        show(t.textFresh);
        if (res.status === 304) { if (back) said.textContent = shown.textContent; return; }
        var first = !tag;
        tag = res.headers.get('ETag') || '';
        return res.text().then(function (html) {
          if (paused) { tag = ''; return; }
          var was = body.textContent;
          put(html);
          if (back || !first || body.textContent.replace(/\s+/g, '') !== was.replace(/\s+/g, '')) said.textContent = t.textChanged.replace('{time}', clock());
        });
      }).catch(function () {
        wait = Math.min(wait * 2, 300000);
        if (!lost) { lost = true; part.classList.add('stale'); show(t.textStale); said.textContent = shown.textContent; }
      }).then(plan);
    }
    button.addEventListener('click', function () {
      paused = !paused;
      button.textContent = paused ? t.textResume : t.textPause;
      part.classList.toggle('stale', paused || lost);
      if (paused) { clearTimeout(timer); show(t.textPaused); } else ask();
    });
    d.addEventListener('visibilitychange', function () {
      clearTimeout(timer);
      if (!d.hidden && !paused) { if (new Date() - last > wait) ask(); else plan(); }
    });
    show(t.textFresh);
    plan();
  });

  // Suggestions for text fields.
  all('input[data-suggest]').forEach(function (f) {
    var list = one('#' + f.getAttribute('list')), timer = 0, asked = '';
    f.addEventListener('input', function () {
      clearTimeout(timer);
      timer = setTimeout(function () {
        var q = f.value.trim();
        if (q.length < 2 || q === asked) return;
        asked = q;
        var u = f.dataset.suggest;
        fetch(u + (u.indexOf('?') < 0 ? '?' : '&') + 'q=' + encodeURIComponent(q)).then(function (r) { return r.ok ? r.json() : []; }).then(function (items) {
          if (asked !== q) return;
          list.textContent = '';
          items.slice(0, 20).forEach(function (i) { var o = el('option'); o.value = i.value; o.label = i.label || i.value; list.append(o); });
        }, function () { asked = ''; });
      }, 200);
    });
  });
})();
