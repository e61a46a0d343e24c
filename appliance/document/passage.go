package document

import "strings"

// passageBytes is about how long a passage is: a paragraph or two, of which a few fit into a prompt.
const passageBytes = 700

// Passages cuts a text into pieces of about 700 bytes that can be read on their own: at the end of a paragraph where
// there is one, else of a line, a sentence, a word. Joined they are the text.
func Passages(text string) []string {
	var list []string
	for len(text) > passageBytes {
		n := passageEnd(text[:passageBytes])
		list = append(list, text[:n])
		text = text[n:]
	}
	if text != "" {
		list = append(list, text)
	}
	return list
}

// passageEnd gives where a passage that begins with head ends: after the last mark of the best kind in its second half.
func passageEnd(head string) int {
	for _, mark := range []string{"\n\n", "\n", ". ", "! ", "? ", "؟ ", "。", " "} {
		if i := strings.LastIndex(head, mark); i >= len(head)/2 {
			return i + len(mark)
		}
	}
	return len(strings.ToValidUTF8(head, ""))
}
