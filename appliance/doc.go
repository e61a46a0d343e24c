// Package appliance is the domain of Harmonium: its words, its types, the limits of every field and the errors
// that people see. It imports the standard library only: no SQL, no HTTP, no model.
//
// The words, used everywhere with exactly these meanings:
//
//   - Project: a group of sessions with its own members.
//   - Session: one inquiry. It has a brief (topic, goal, critical, context), a guide, a form, settings and results.
//   - Guide: opening, topics and closing of the interviews of a session; every edit is a version.
//   - Form: the questions asked before the conversation begins.
//   - Participant: a pseudonymous person in one session.
//   - Conversation: one thread of turns in a session; its source is an interview, a recording or a text.
//   - Turn: one message or utterance, numbered from 0 within its conversation.
//   - Coverage: how far one conversation has got with one topic of the guide.
//   - Claim: one point drawn from a conversation, with at least one quote.
//   - Quote: a place (turn, start, end) at which a person's own words stand.
//   - Report: a versioned synthesis whose sentences cite claims.
//   - Insight definition: a question put to every conversation of a session.
//   - Insight: its answer for one conversation, with evidence.
//   - Guided mode: facilitation by rules, with no model.
package appliance
