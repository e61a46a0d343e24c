// Package facilitation leads one participant's conversation at a time through the guide of its session.
//
// Each turn of the facilitator goes through three steps. Assess says what the participant's newest words are worth:
// nothing, a thin answer, a full one, a wish to skip or to stop. Decide is a pure function from the guide, the state
// and the assessment to one move: it holds every limit, so that a conversation ends whatever is said. Speak puts that
// one move into words. In guided mode, which is all there is without a model, the first and the last step are rules
// too: the questions are those of the guide, the words between them come from phrases/<language>.json.
//
// Engine runs these steps for all conversations. What it guarantees:
//
//   - A turn of the participant is answered once: the answer is stored together with the state that it leads to, and
//     not at all when the participant has said more in the meantime. Then the facilitator starts anew.
//   - A conversation that is owed an answer is remembered in the store, so that Resume takes it up after any kind of
//     end of the server.
//   - Nothing is published before it is stored, except the words of a turn that is being spoken, which are marked as
//     such and can be taken back.
//   - A conversation in which nobody speaks costs no goroutine.
package facilitation
