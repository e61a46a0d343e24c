// Package capture turns sound into words.
//
// A recording is 16 kHz mono (Sound). It is cut into pieces of at most MaxPiece where it is quiet (Levels.Cut); pieces in
// which nobody speaks are left out. A Transcriber writes each down: a model of Ollama that hears, a whisper-server on the
// loopback of the box, or None. What comes back is checked by rules (Loops, Foreign, TooFast), since models that hear
// little make things up; what fails twice is marked as inaudible and never shown (Write).
//
// Answers does this for what participants say in place of typing. It promises:
//
//   - The sound is in memory only, and only until its words are there. Nothing of it is written to a disk by this package.
//   - Words are a proposal: they are given to whoever spoke, and are part of a conversation only when that person sends
//     them.
//   - A connection that breaks loses nothing: whoever asks again with the same key gets the words of the first time.
//
// It does not keep recordings, does not know speakers, and takes no part in what a conversation does with the words.
package capture
