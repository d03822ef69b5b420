package dossiertest

import (
	"context"

	"lienthong/internal/module/dossier"
)

// Asking is a process that after receipt asks the address "treasury", passes through a message
// "tax.decided" and an examination that goes on by itself after two working days, and is approved.
const Asking = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:lt="https://lienthong.vn/ns/bpmn/1" id="defs">
<bpmn:message id="m" name="tax.decided"/>
<bpmn:process id="asking" name="Hỏi kho bạc" isExecutable="true">
<bpmn:laneSet id="lanes">
<bpmn:lane id="counter" name="Một cửa" lt:role="receiver" lt:agency="reception"><bpmn:flowNodeRef>start</bpmn:flowNodeRef><bpmn:flowNodeRef>receive</bpmn:flowNodeRef><bpmn:flowNodeRef>ask</bpmn:flowNodeRef><bpmn:flowNodeRef>tax</bpmn:flowNodeRef><bpmn:flowNodeRef>meet</bpmn:flowNodeRef><bpmn:flowNodeRef>end</bpmn:flowNodeRef></bpmn:lane>
<bpmn:lane id="officer" name="Tư pháp" lt:role="specialist" lt:agency="decision"><bpmn:flowNodeRef>examine</bpmn:flowNodeRef><bpmn:flowNodeRef>late</bpmn:flowNodeRef></bpmn:lane>
<bpmn:lane id="leader" name="Chủ tịch" lt:role="leader" lt:agency="decision"><bpmn:flowNodeRef>approve</bpmn:flowNodeRef></bpmn:lane>
</bpmn:laneSet>
<bpmn:startEvent id="start" name="Nộp"/>
<bpmn:userTask id="receive" name="Tiếp nhận" lt:action="receive" lt:status="2"><bpmn:extensionElements><lt:outcome key="accept" name="Tiếp nhận" kind="forward"/></bpmn:extensionElements></bpmn:userTask>
<bpmn:serviceTask id="ask" name="Hỏi kho bạc" lt:service="http:treasury" lt:result="tax"/>
<bpmn:intermediateCatchEvent id="tax" name="Chờ thông báo thuế"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>
<bpmn:userTask id="examine" name="Thẩm định" lt:action="examine"><bpmn:extensionElements><lt:outcome key="pass" name="Đạt" kind="forward"/></bpmn:extensionElements></bpmn:userTask>
<bpmn:boundaryEvent id="late" name="Quá hai ngày" attachedToRef="examine"><bpmn:timerEventDefinition lt:work="2d"/></bpmn:boundaryEvent>
<bpmn:exclusiveGateway id="meet"/>
<bpmn:userTask id="approve" name="Phê duyệt" lt:action="approve"><bpmn:extensionElements><lt:outcome key="sign" name="Ký" kind="forward"/></bpmn:extensionElements></bpmn:userTask>
<bpmn:endEvent id="end" name="Đã trả" lt:status="10"/>
<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="receive"/><bpmn:sequenceFlow id="f2" sourceRef="receive" targetRef="ask"/>
<bpmn:sequenceFlow id="f3" sourceRef="ask" targetRef="tax"/><bpmn:sequenceFlow id="f4" sourceRef="tax" targetRef="examine"/>
<bpmn:sequenceFlow id="f5" sourceRef="examine" targetRef="meet"/><bpmn:sequenceFlow id="f6" sourceRef="late" targetRef="meet"/>
<bpmn:sequenceFlow id="f7" sourceRef="meet" targetRef="approve"/><bpmn:sequenceFlow id="f8" sourceRef="approve" targetRef="end"/>
</bpmn:process></bpmn:definitions>`

// Treasury is the address "treasury"; Reply answers each call.
type Treasury struct {
	Reply func(c dossier.Call) (dossier.Reply, error)
}

// Names implements dossier.Endpoints.
func (Treasury) Names() []string { return []string{"treasury"} }

// Call implements dossier.Endpoints.
func (y Treasury) Call(_ context.Context, _ string, c dossier.Call) (dossier.Reply, error) {
	return y.Reply(c)
}
