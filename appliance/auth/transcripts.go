package auth

import "harmonium/appliance"

// transcriptTable: how recordings are transcribed, and transcripts of meetings corrected.
func transcriptTable() []Permission {
	const read, write = appliance.ScopeMeetingsRead, appliance.ScopeMeetingsWrite
	table := []Permission{
		role("listSegments", appliance.RoleViewer, Conversation, read),
		role("listTranscripts", appliance.RoleViewer, Conversation, read),
		role("listTurnEdits", appliance.RoleViewer, Conversation, read),
	}
	for _, operation := range []string{"startTranscription", "stopTranscription", "useTranscript", "renameSpeaker", "mergeSpeakers",
		"assignTurn", "editTurn", "splitTurn", "mergeTurn"} {
		table = append(table, role(operation, appliance.RoleEditor, Conversation, write))
	}
	return table
}
