// Package bpmn reads, checks, executes and draws processes in BPMN 2.0 (OMG formal/2013-12-09, the
// text of ISO/IEC 19510:2013), for work that people do. It is pure: (definition, state, event) →
// (state, effects), no clock, no randomness, no input or output. The caller keeps the state, shows
// the tasks, arms the timers, delivers the messages and turns budgets into dates.
//
// # What is executed
//
//	element                                          clause          here
//	start events: none, message, timer, signal,      10.5.2, 13.5.1  EventStart at the none start, or at Event.Node
//	  conditional
//	intermediate and boundary events, interrupting   10.5.4, 13.5.2  what waits is a token: EventTimer, EventMessage,
//	  or not; event sub-processes                    13.5.3, 13.5.4  EventSignal, EventError; conditions after every step
//	end events, terminate                            10.5.3, 13.5.6  of the process or of the sub-process alone
//	compensation                                     10.7, 13.5.5    handlers one after the other, the last completed first
//	user and manual task                             10.3.3, 13.3.3  waits for EventComplete; a person does both
//	service, business rule task, call activity       10.3.3, 10.3.6  an effect asks the caller, who answers with EventDone
//	send, receive task                               10.3.3          as the message events
//	script task                                      10.3.3          expr-lang, at once
//	embedded sub-process, called process of the file 10.3.5, 13.3.4  a token that holds those inside
//	standard loop, several instances                 10.3.8, 13.3.6  a token that holds the instances
//	exclusive gateway                                10.6.2, 13.4.2  first condition that holds, in the order of its outgoing list, else default
//	parallel gateway                                 10.6.4, 13.4.1  one token of each way in, one on each way out; excess tokens wait
//	inclusive gateway                                10.6.3, 13.4.3  opens when no token upstream can still reach an empty way in
//	event-based gateway                              10.6.6, 13.4.4  the first event wins
//	implicit fork and merge                          13.3.1          an activity sends a token along every way out, and is opened by every token that comes in
//	conditional and default flows                    8.4.13          out of gateways that decide and of activities
//	lanes, also nested; pools; data; annotations     10.8, 9.3, 10.4 lanes name who works, data objects name variables; the rest documents
//
// The rest of the standard (complex gateway, ad-hoc sub-process, transaction, choreography, events
// of several definitions) parses, so that a draft opens, and Check refuses it by element id and type
// name: it is never ignored at run time. So it is with what the caller cannot carry out: Host says
// what it can. docs/bpmn.md holds the full tables. EventCancel, EventVars and EventMove are this
// package's own: withdrawal by the applicant, data from outside, and taking back a wrong transfer.
//
// # What is added to the standard
//
// The name space https://lienthong.vn/ns/bpmn/1 (prefix lt) carries, as attributes and extension
// elements that other modelers keep (clause 8.3.3): on lanes role, agency and division; on user
// tasks action, form, budget and status, with one lt:outcome for each way the task can end; on end
// events status; on timers work; on any of them and on flows nameEn.
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
//	vars.<name>      data given with events; what the process declares needs no "vars."
//	loop.counter, loop.total, loop.done, loop.active, loop.votes.<outcome>  of a loop or of instances
//
// # Tokens
//
// A token gets its id when it comes to rest, and the id is never used again: a cycle that fires, a
// service that is retried and a task that is opened again have new ones. So an answer sent twice is
// refused, and a task or timer table may be keyed by (process, token). A step that would end in a
// dead end, in a loop without work or at a gateway without a way out is refused as a whole when a
// person is there to be told; after any other event the token rests as an incident, until EventRetry.
//
// Move carries a running process over to another version of its definition, MoveBack takes that back.
//
// Definition is not changed after Parse; a State belongs to the definition it was made with.
package bpmn
