// Package bpmn reads, checks, executes and draws processes in BPMN 2.0 (OMG formal/2013-12-09, the
// text of ISO/IEC 19510:2013), for work that people do. It is pure: (definition, state, event) →
// (state, effects), no clock, no randomness, no input or output. The caller keeps the state, shows
// the tasks and turns budgets into dates.
//
// # What is executed
//
//	element                                    clause          here
//	none start event (exactly one)             10.5.2, 13.5.1  EventStart lets one token out
//	none end event                             10.5.3, 13.5.6  takes the token; the last one ends the process
//	terminate end event                        10.5.3, 13.5.6  takes every token of the process
//	none intermediate throw event              10.5.4, 13.5.2  a milestone: passed at once, noted as EffectPassed
//	user task, manual task                     10.3.3, 13.3.3  waits for EventComplete; a person does both
//	exclusive gateway, split and merge         10.6.2, 13.4.2  first condition that holds, in the order of its outgoing list, else default
//	parallel gateway, fork and join            10.6.4, 13.4.1  one token of each way in, one on each way out; excess tokens wait
//	implicit fork and merge                    13.3.1          a task sends a token along every way out, and is opened by every token that comes in
//	conditional and default flows              8.4.13          out of exclusive gateways and tasks
//	lanes, also nested; pools; annotations     10.8, 9.3, 8.4.1  lanes name who works; the rest documents
//
// Data objects, associations, groups and documentation are kept in the file and have no effect.
// Everything else of the standard parses, so that a draft opens, and Check refuses it by element id
// and type name: it is never ignored at run time. EventCancel, EventVars and EventMove are this
// package's own: withdrawal by the applicant, data from outside, and taking back a wrong transfer.
//
// # What is added to the standard
//
// The name space https://lienthong.vn/ns/bpmn/1 (prefix lt) carries, as attributes and extension
// elements that other modelers keep (clause 8.3.3): on lanes role, agency and division; on user
// tasks action, form, budget and status, with one lt:outcome for each way the task can end; on end
// events status; on any of them and on flows nameEn.
//
//	<bpmn:userTask id="examine" name="Thẩm định" lt:action="examine" lt:budget="1d4h" lt:status="4">
//	  <bpmn:extensionElements>
//	    <lt:outcome key="pass" name="Đủ điều kiện" nameEn="Meets the conditions" kind="forward"/>
//	    <lt:outcome key="supplement" name="Yêu cầu bổ sung" needsNote="true" kind="supplement"/>
//
// Conditions are expr-lang, without anything that repeats, over
//
//	outcome          of the last task completed on the token's own way; "" before the first
//	outcomes.<task>  the last outcome of a task on any way, as after a join
//	vars.<name>      data given with events
//
// # Tokens
//
// A token gets its id when it comes to rest, at a task or before a join, and the id is never used
// again. So an answer sent twice is refused, and a task table may be keyed by (process, token). A
// step that would end in a dead end, in a loop without work or at a gateway without a way out is
// refused as a whole: the process stays where it was.
//
// Definition is not changed after Parse; a State belongs to the definition it was made with.
package bpmn
