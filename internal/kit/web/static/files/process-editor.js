// The editor of processes: the drawing is bpmn-js, the properties panel and the saving are here. The
// panel's fields stand in the page, written by the server in the page's language; data-for names the
// kinds of elements a group belongs to and data-p the property a control shows. Without this script
// the page offers the list of steps, which can do all of it.
(() => {
	"use strict";
	const root = document.getElementById("process-editor");
	if (!root || typeof BpmnJS !== "function") return;
	const words = JSON.parse(document.getElementById("process-words").textContent);
	const tools = words.tools, say = k => words.say[k] || k;
	const $ = (sel, at) => (at || root).querySelector(sel), all = (sel, at) => [...(at || root).querySelectorAll(sel)];

	// What the project adds to BPMN, so that the modeler reads and writes it as it is known.
	const attrs = names => names.map(n => ({name: n, isAttr: true, type: "String"}));
	const lt = {
		name: "Lien Thong", prefix: "lt", uri: "https://lienthong.vn/ns/bpmn/1", xml: {tagAlias: "lowerCase"}, associations: [],
		types: [
			{name: "Extended", extends: ["bpmn:BaseElement"], properties: attrs(["nameEn", "role", "agency", "division", "action",
				"form", "budget", "status", "work", "service", "result", "decision", "collection", "element"])},
			{name: "Outcome", superClass: ["Element"], properties: [...attrs(["key", "name", "nameEn", "kind"]), {name: "needsNote", isAttr: true, type: "Boolean"}]},
		],
	};
	const translate = (text, values) => (tools[text] || text).replace(/{([^}]+)}/g, (_, k) => values && values[k] !== undefined ? values[k] : "{" + k + "}");
	const modeler = new BpmnJS({
		container: $("[data-canvas]"), moddleExtensions: {lt}, additionalModules: [{translate: ["value", translate]}],
	});
	const get = n => modeler.get(n);
	const modeling = get("modeling"), registry = get("elementRegistry"), canvas = get("canvas"), overlays = get("overlays"),
		selection = get("selection"), moddle = get("moddle"), bus = get("eventBus"), stack = get("commandStack"), factory = get("elementFactory");

	// Some icons of the menus come with style attributes, which the pages' policy does not let through;
	// as attributes of the drawing they look the same.
	const plain = html => html && html.replace(/ style="([^"]*)"/g, (_, css) => css.split(";").filter(p => p.includes(":"))
		.map(p => " " + p.slice(0, p.indexOf(":")).trim() + '="' + p.slice(p.indexOf(":") + 1).trim() + '"').join(""));
	const plainly = () => entries => Object.fromEntries(Object.entries(entries).map(([k, e]) => [k, {...e, html: plain(e.html), imageHtml: plain(e.imageHtml)}]));
	get("popupMenu").registerProvider("align-elements", 100, {getPopupMenuEntries: plainly});
	get("contextPad").registerProvider(100, {getMultiElementContextPadEntries: plainly});

	// A task without a kind cannot run: what is drawn new is work of a person.
	const create = factory.create;
	factory.create = (what, a) => create.call(factory, what, a && a.type === "bpmn:Task" && !a.businessObject ? {...a, type: "bpmn:UserTask"} : a);

	// --- working time as people write it: "1 ngày 4 giờ" is lt:budget="1d4h"
	const budgetWords = v => {
		const m = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$/.exec(v || "");
		if (!v || !m) return v || "";
		return [1, 2, 3].map(i => m[i] ? m[i] + " " + say(["", "days", "hours", "minutes"][i]) : "").filter(Boolean).join(" ");
	};
	const budgetOf = text => {
		const s = text.trim().toLowerCase();
		if (!s) return "";
		let left = s.replace(/làm việc|lam viec|working|và|and/g, " "), minutes = 0;
		for (const [re, n] of [[/(\d+(?:[.,]\d+)?)\s*(?:ngày|ngay|days?|d)(?![a-zà-ỹ])/, 480], [/(\d+(?:[.,]\d+)?)\s*(?:giờ|gio|hours?|h)(?![a-zà-ỹ])/, 60], [/(\d+)\s*(?:phút|phut|minutes?|mins?|m)(?![a-zà-ỹ])/, 1]]) {
			left = left.replace(re, (_, d) => { minutes += parseFloat(d.replace(",", ".")) * n; return ""; });
		}
		minutes = Math.round(minutes);
		if (/[^\s,.]/.test(left) || minutes <= 0 || minutes > 366 * 480) return null;
		const d = Math.floor(minutes / 480), h = Math.floor(minutes % 480 / 60), m = minutes % 60;
		return (d ? d + "d" : "") + (h ? h + "h" : "") + (m ? m + "m" : "");
	};

	// --- the panel
	const panel = $("[data-panel]");
	let shown = null, ready = false;
	const target = e => e && e.type === "label" ? e.labelTarget || e : e;
	const is = (bo, t) => bo && bo.$instanceOf && bo.$instanceOf(t);
	const eventDef = (bo, t) => (bo.eventDefinitions || []).find(d => is(d, t));
	const kindsOf = e => {
		const bo = e.businessObject, out = [];
		if (e === canvas.getRootElement() || is(bo, "bpmn:Participant")) out.push("process");
		else out.push("any");
		if (is(bo, "bpmn:Lane")) out.push("lane");
		if (is(bo, "bpmn:UserTask") || is(bo, "bpmn:ManualTask")) out.push("task");
		if (is(bo, "bpmn:EndEvent")) out.push("end");
		if (is(bo, "bpmn:Event") && eventDef(bo, "bpmn:TimerEventDefinition")) out.push("timer");
		if (is(bo, "bpmn:ServiceTask")) out.push("service");
		if (is(bo, "bpmn:BusinessRuleTask")) out.push("decision");
		if (is(bo, "bpmn:SequenceFlow")) out.push("flow");
		if (is(bo.loopCharacteristics, "bpmn:MultiInstanceLoopCharacteristics")) out.push("multi");
		return out;
	};
	// The process itself stands behind the page's own element and behind its pool.
	const owner = e => is(e.businessObject, "bpmn:Participant") ? e.businessObject.processRef || e.businessObject
		: e === canvas.getRootElement() && is(e.businessObject, "bpmn:Collaboration") ? firstProcess() : e.businessObject;
	const firstProcess = () => {
		const p = canvas.getRootElement().businessObject.participants || [];
		return (p.find(x => x.processRef) || {}).processRef || canvas.getRootElement().businessObject;
	};

	const update = props => {
		const e = shown;
		if (!e) return;
		for (const k of Object.keys(props)) if (props[k] === "") props[k] = undefined;
		const bo = owner(e);
		if (bo !== e.businessObject) {
			modeling.updateModdleProperties(e, bo, props);
			if ("name" in props && is(e.businessObject, "bpmn:Participant")) modeling.updateProperties(e, {name: props.name});
		} else if ("name" in props && Object.keys(props).length === 1 && !is(bo, "bpmn:Process")) {
			modeling.updateLabel(e, props.name || "");
		} else modeling.updateProperties(e, props);
	};

	const read = {
		doc: bo => (bo.documentation && bo.documentation[0] || {}).text || "",
		budget: bo => budgetWords(bo.get("lt:budget")),
		timer: bo => {
			const d = eventDef(bo, "bpmn:TimerEventDefinition");
			if (d.get("lt:work")) return ["work", budgetWords(d.get("lt:work"))];
			for (const k of ["timeDuration", "timeDate", "timeCycle"]) if (d[k]) return [k, d[k].body || ""];
			return ["work", ""];
		},
		agency: bo => {
			const v = bo.get("lt:agency") || "";
			return v.startsWith("unit:") ? ["unit", v.slice(5)] : [v, ""];
		},
	};
	const expression = text => text ? moddle.create("bpmn:FormalExpression", {body: text}) : undefined;
	const choose = (select, value) => {
		if (value && ![...select.options].some(o => o.value === value)) select.add(new Option(value, value));
		select.value = value || "";
	};

	const show = e => {
		if (!ready) return; // the drawing clears its selection before there is anything to select
		shown = e = target(e) || canvas.getRootElement();
		const bo = owner(e), kinds = kindsOf(e);
		for (const g of all("[data-for]", panel)) g.hidden = !g.dataset.for.split(" ").some(k => kinds.includes(k));
		const type = (bo.$type || "").replace("bpmn:", "");
		$("[data-what]").textContent = words.types[type] || type;
		$("[data-id]").textContent = bo.id || "";
		for (const c of all("[data-p]", panel)) {
			const p = c.dataset.p;
			let v = "";
			if (p === "doc" || p === "budget") v = read[p](bo);
			else if (!p.includes(".")) v = bo.get(p) || "";
			if (c.tagName === "SELECT") choose(c, v); else c.value = v;
			c.removeAttribute("aria-invalid");
		}
		if (kinds.includes("lane")) {
			const [kind, unit] = read.agency(bo);
			choose($("[data-agency]"), kind);
			$("[data-unit]").value = unit;
			$("[data-unit]").closest(".field").hidden = kind !== "unit";
		}
		if (kinds.includes("timer")) {
			const [kind, text] = read.timer(bo);
			$("[data-timer]").value = kind;
			$("[data-timer-text]").value = text;
		}
		if (kinds.includes("multi")) for (const c of all("[data-multi]", panel)) {
			const v = bo.loopCharacteristics.get(c.dataset.multi);
			c.value = v && v.body !== undefined ? v.body : v || "";
		}
		if (kinds.includes("task")) showOutcomes(bo);
		if (kinds.includes("flow")) showCondition(bo);
		showProblems();
	};

	for (const c of all("[data-p]", panel)) c.addEventListener("change", () => {
		const p = c.dataset.p, bo = owner(shown);
		let v = c.value.trim();
		if (p === "budget") {
			v = budgetOf(v);
			c.setAttribute("aria-invalid", v === null);
			$("[data-budget-bad]").hidden = v !== null;
			if (v === null) return;
			c.value = budgetWords(v);
			return update({"lt:budget": v});
		}
		if (p === "doc") return update({documentation: v ? [moddle.create("bpmn:Documentation", {text: v})] : []});
		update({[p]: v});
	});
	const agency = () => {
		const kind = $("[data-agency]").value, unit = $("[data-unit]");
		unit.closest(".field").hidden = kind !== "unit";
		if (kind === "unit") { if (unit.value.trim()) update({"lt:agency": "unit:" + unit.value.trim()}); } else update({"lt:agency": kind});
	};
	$("[data-agency]").addEventListener("change", agency);
	$("[data-unit]").addEventListener("change", agency);
	const timer = () => {
		const d = eventDef(shown.businessObject, "bpmn:TimerEventDefinition"), kind = $("[data-timer]").value, field = $("[data-timer-text]");
		const text = field.value.trim(), props = {"lt:work": undefined, timeDuration: undefined, timeDate: undefined, timeCycle: undefined};
		if (kind === "work") {
			const b = budgetOf(text);
			field.setAttribute("aria-invalid", b === null);
			if (b === null) return;
			props["lt:work"] = b || undefined;
		} else props[kind] = expression(text);
		modeling.updateModdleProperties(shown, d, props);
	};
	$("[data-timer]").addEventListener("change", timer);
	$("[data-timer-text]").addEventListener("change", timer);

	for (const c of all("[data-multi]", panel)) c.addEventListener("change", () => {
		const k = c.dataset.multi, v = c.value.trim();
		modeling.updateModdleProperties(shown, shown.businessObject.loopCharacteristics, {[k]: k.startsWith("lt:") ? v || undefined : expression(v)});
	});

	// --- outcomes of a task
	const outcomesOf = bo => ((bo.extensionElements || {}).values || []).filter(v => is(v, "lt:Outcome"));
	const list = $("[data-outcomes]"), row = $("template", list);
	const showOutcomes = bo => {
		for (const r of all("[data-outcome]", list)) r.remove();
		outcomesOf(bo).forEach((o, i) => addRow(o, i));
	};
	const addRow = (o, i) => {
		const r = row.content.firstElementChild.cloneNode(true);
		r.dataset.outcome = o.key || "";
		for (const c of all("[data-o]", r)) {
			const k = c.dataset.o;
			if (c.type === "checkbox") c.checked = !!o[k]; else if (c.tagName === "SELECT") choose(c, o[k] || "forward"); else c.value = o[k] || "";
			c.id = "o-" + i + "-" + k;
			const l = $("[data-l=" + k + "]", r);
			if (l) l.htmlFor = c.id;
			c.addEventListener("change", storeOutcomes);
		}
		$("legend", r).textContent = o.name || say("outcome");
		$("[data-drop]", r).setAttribute("aria-label", say("drop") + ": " + (o.name || o.key || ""));
		$("[data-drop]", r).addEventListener("click", () => { r.remove(); storeOutcomes(); });
		row.before(r);
		return r;
	};
	const keyOf = (name, taken) => {
		let k = name.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 30) || "outcome";
		for (let n = 2, stem = k; taken.includes(k); n++) k = stem + "_" + n;
		return k;
	};
	const storeOutcomes = () => {
		const bo = shown.businessObject, old = outcomesOf(bo), values = [], keys = [];
		for (const r of all("[data-outcome]", list)) {
			const v = {};
			for (const c of all("[data-o]", r)) v[c.dataset.o] = c.type === "checkbox" ? c.checked : c.value.trim();
			if (!v.name) continue;
			const was = old.find(o => o.key === r.dataset.outcome);
			v.key = r.dataset.outcome || keyOf(v.name, keys.concat(old.map(o => o.key)));
			r.dataset.outcome = v.key;
			keys.push(v.key);
			const o = moddle.create("lt:Outcome", {key: v.key, name: v.name, nameEn: v.nameEn || undefined, needsNote: v.needsNote, kind: v.kind});
			if (was) Object.assign(o.$attrs, was.$attrs); // what others wrote on it
			values.push(o);
		}
		const rest = ((bo.extensionElements || {}).values || []).filter(v => !is(v, "lt:Outcome"));
		const ext = moddle.create("bpmn:ExtensionElements", {values: [...values, ...rest]});
		ext.$parent = bo;
		for (const v of ext.values) v.$parent = ext;
		modeling.updateProperties(shown, {extensionElements: ext.values.length ? ext : undefined});
	};
	$("[data-add]", list).addEventListener("click", () => {
		const r = addRow({kind: "forward"}, Date.now());
		$("[data-o=name]", r).focus();
	});

	// --- the condition of a way: an outcome, or an expression for who can read one
	const tasksBefore = bo => {
		const out = [], seen = new Set(), queue = [bo.sourceRef];
		while (queue.length) {
			const n = queue.shift();
			if (!n || seen.has(n)) continue;
			seen.add(n);
			if (is(n, "bpmn:Activity")) { out.push(n); continue; }
			for (const f of n.incoming || []) queue.push(f.sourceRef);
		}
		return out;
	};
	const showCondition = bo => {
		const select = $("[data-condition]"), text = $("[data-condition-text]");
		const cond = bo.conditionExpression ? (bo.conditionExpression.body || "").trim() : "";
		for (const o of [...select.options]) if (o.value.startsWith("=")) o.remove();
		const expr = [...select.options].find(o => o.value === "expression");
		for (const t of tasksBefore(bo)) for (const o of outcomesOf(t)) {
			if (![...select.options].some(x => x.value === "=" + o.key)) select.insertBefore(new Option(say("when") + " " + (o.name || o.key), "=" + o.key), expr);
		}
		const m = /^outcome\s*==\s*"([^"]*)"$/.exec(cond);
		if (bo.sourceRef && bo.sourceRef.default === bo) select.value = "default";
		else if (!cond) select.value = "";
		else if (m && [...select.options].some(o => o.value === "=" + m[1])) select.value = "=" + m[1];
		else select.value = "expression";
		text.value = cond;
		text.closest(".field").hidden = select.value !== "expression";
	};
	const condition = () => {
		const bo = shown.businessObject, v = $("[data-condition]").value, text = $("[data-condition-text]");
		text.closest(".field").hidden = v !== "expression";
		const source = registry.get(bo.sourceRef.id), isDefault = bo.sourceRef.default === bo;
		if (v === "default") {
			modeling.updateProperties(shown, {conditionExpression: undefined});
			return modeling.updateProperties(source, {default: bo});
		}
		if (isDefault) modeling.updateProperties(source, {default: undefined});
		const body = v === "expression" ? text.value.trim() : v ? "outcome == " + JSON.stringify(v.slice(1)) : "";
		modeling.updateProperties(shown, {conditionExpression: expression(body)});
	};
	$("[data-condition]").addEventListener("change", condition);
	$("[data-condition-text]").addEventListener("change", condition);

	// --- problems: a list that leads to the element, and a sign on it
	let problems = [];
	const problemList = $("[data-problems]");
	const showProblems = () => {
		const mine = shown ? problems.filter(p => p.element && p.element === owner(shown).id) : [];
		const here = $("[data-here]");
		here.hidden = mine.length === 0;
		here.replaceChildren(...mine.map(p => { const li = document.createElement("li"); li.textContent = p.text; return li; }));
	};
	const setProblems = found => {
		problems = found;
		overlays.remove({type: "problem"});
		for (const e of registry.filter(e => e.type !== "label")) canvas.removeMarker(e, "has-problem");
		problemList.replaceChildren(...found.map(p => {
			const li = document.createElement("li"), e = p.element && registry.get(p.element);
			if (!e) { li.textContent = p.text; return li; }
			canvas.addMarker(e, "has-problem");
			const sign = document.createElement("span");
			sign.className = "problem-sign";
			sign.title = p.text;
			sign.textContent = "!";
			if (!e.waypoints) overlays.add(e, "problem", {position: {top: -10, right: 10}, html: sign});
			const b = document.createElement("button");
			b.type = "button";
			b.className = "btn link";
			b.textContent = p.text;
			b.addEventListener("click", () => { selection.select(e); canvas.scrollToElement(e); $("[data-panel]").scrollIntoView({block: "nearest"}); });
			li.append(b);
			return li;
		}));
		$("[data-count]").textContent = found.length ? say("problems").replace("{n}", found.length) : say("no_problems");
		$("[data-count]").className = found.length ? "tag warn" : "tag ok";
		const go = $("[data-propose]");
		if (go) go.toggleAttribute("hidden", found.length > 0);
		showProblems();
	};

	// --- saving: a moment after the last change, with the revision this window knows
	const state = $("[data-saved]");
	let revision = root.dataset.revision, dirty = false, busy = false, stopped = false, wait = 0;
	const tell = (k, bad) => { state.textContent = say(k).replace("{time}", new Date().toLocaleTimeString("vi-VN", {hour: "2-digit", minute: "2-digit"})); state.classList.toggle("bad", !!bad); };
	const later = ms => { clearTimeout(wait); wait = setTimeout(save, ms); };
	const save = async () => {
		if (busy) return later(500);
		if (!dirty || stopped) return;
		busy = true; dirty = false;
		tell("saving");
		try {
			const {xml} = await modeler.saveXML({format: true});
			const form = new FormData();
			form.set("revision", revision);
			form.set("bpmn", new Blob([xml], {type: "application/xml"}), "process.bpmn");
			const r = await fetch(root.dataset.save, {method: "POST", body: form, headers: {Accept: "application/json"}});
			if (r.status === 409) { stopped = true; dirty = true; tell("conflict", true); $("[data-conflict]").hidden = false; $("[data-conflict]").focus(); return; }
			if (r.status === 401 || r.status === 403) { dirty = true; tell("signed_out", true); return; }
			if (r.status === 422 || r.status === 400 || r.status === 413) { dirty = true; tell("refused", true); return; }
			if (!r.ok) throw new Error(r.status);
			const a = await r.json();
			revision = String(a.revision);
			tell("saved");
			setProblems(a.problems);
		} catch {
			dirty = true;
			tell("offline", true);
			later(10000);
		} finally { busy = false; }
		if (dirty && !stopped) later(500);
	};
	// The whole drawing, beside the tools that lie over the left side.
	const fit = () => {
		const {inner, outer} = canvas.viewbox(), left = outer.width > 600 ? 112 : 60;
		if (!outer.width || !inner.width) return;
		const k = Math.min((outer.width - left - 16) / inner.width, (outer.height - 32) / inner.height, 1);
		canvas.viewbox({x: inner.x - left / k, y: inner.y - 16 / k, width: outer.width / k, height: outer.height / k});
	};
	bus.on("commandStack.changed", e => {
		$("[data-undo]").disabled = !stack.canUndo();
		$("[data-redo]").disabled = !stack.canRedo();
		if (e.trigger === "clear") return; // a file was opened
		dirty = true;
		tell("unsaved");
		later(1200);
		if (!panel.contains(document.activeElement)) show(shown);
	});
	window.addEventListener("beforeunload", e => { if (dirty || busy) e.preventDefault(); });
	$("[data-undo]").addEventListener("click", () => { stack.undo(); show(shown); });
	$("[data-redo]").addEventListener("click", () => { stack.redo(); show(shown); });
	$("[data-fit]").addEventListener("click", fit);
	for (const [name, by] of [["in", 1.25], ["out", 0.8]]) $("[data-zoom-" + name + "]").addEventListener("click", () => canvas.zoom(canvas.zoom() * by));
	$("[data-save-now]").addEventListener("click", () => { dirty = true; later(0); });
	$("[data-mine]").addEventListener("click", async () => {
		const {xml} = await modeler.saveXML({format: true}), a = document.createElement("a");
		a.href = URL.createObjectURL(new Blob([xml], {type: "application/xml"}));
		a.download = root.dataset.key + ".bpmn";
		a.click();
		URL.revokeObjectURL(a.href);
	});
	bus.on("selection.changed", e => show(e.newSelection.length === 1 ? e.newSelection[0] : null));

	(async () => {
		try {
			const r = await fetch(root.dataset.file, {headers: {Accept: "application/xml"}});
			if (!r.ok) throw new Error(r.status);
			await modeler.importXML(await r.text());
			fit();
			ready = true;
			root.classList.add("ready");
			show(null);
			setProblems(JSON.parse(document.getElementById("process-problems").textContent) || []);
			const at = new URLSearchParams(location.search).get("phan-tu"), e = at && registry.get(at);
			if (e) { selection.select(e); canvas.scrollToElement(e); }
			root.modeler = modeler; // for whoever looks for it in the browser's console
		} catch {
			tell("cannot_open", true);
		}
	})();
})();
