// Package facilitation leads one participant's conversation at a time through the guide of its session.
//
// Each turn of the facilitator goes through three steps. Assess says what the participant's newest words are worth:
// nothing, a thin answer, a full one, a wish to skip or to stop. Decide is a pure function from the guide, the state
// and the assessment to one move: it holds every limit, so that a conversation ends whatever is said. Speak puts that
// one move into words. In guided mode the first and the last step are rules too: the questions are those of the guide,
// the words between them come from phrases/<language>.json.
//
// Where a model can be used, it speaks the questions (MoveAsk, MoveProbe); opening, read-back and closing stay the
// guide's and the program's own words. Rules assess all the same: what they know for certain (stop, skip, not
// understood, nothing to say) no model overrules, and a model that writes fast enough weighs the rest before the move,
// a slower one after it. Every question is checked by rules (CheckQuestion) while it is spoken and before it is whole;
// one that breaks them is taken back, asked for once more, and then replaced by the guide's. Each turn says what made
// it. What a model is told is in prompts/: what people wrote stands in it as data, and every request of a conversation
// begins with the same bytes.
//
// Engine runs these steps for all conversations. What it guarantees:
//
//   - A turn of the participant is answered once: the answer is stored together with the state that it leads to, and
//     not at all when the participant has said more in the meantime. Then the facilitator starts anew.
//   - Whatever a model does or fails to do, an answer comes: without a word for Options.TakeOver, or at the
//     participant's wish (GuideNow), rules give it. The turn that is stored is exactly what was published of it.
//   - A conversation that is owed an answer is remembered in the store, so that Resume takes it up after any kind of
//     end of the server.
//   - Nothing is published before it is stored, except the words of a turn that is being spoken, which are marked as
//     such and can be taken back.
//   - A conversation in which nobody speaks costs no goroutine, and one that waits for a model holds up no other.
package facilitation
