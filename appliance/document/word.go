package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// Bounds of what a Word file may unpack to: bombs are small files that grow.
const (
	maxEntries  = 2_000
	maxUnpacked = 50 << 20 // bytes of the one part that is read
	maxDepth    = 200      // of its elements
)

// wordText gives the text of a Word file (ECMA-376): the words of the document's body in order, a line for each
// paragraph, tabs between the cells of a table. Headers, footnotes, comments and what was deleted are left out.
func wordText(content []byte) (string, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return "", damaged(err)
	}
	if len(archive.File) > maxEntries {
		return "", damaged(errors.New("too many entries"))
	}
	for _, f := range archive.File {
		if f.Name != "word/document.xml" {
			continue
		}
		body, err := f.Open()
		if err != nil {
			return "", damaged(err)
		}
		defer body.Close()
		return wordBody(io.LimitReader(body, maxUnpacked))
	}
	return "", unreadable("The content of the file is not what its name says.")
}

// wordNames is the space of names of the elements that hold text; the strict variant of the format has the other.
var wordNames = []string{"http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main"}

func wordBody(body io.Reader) (string, error) {
	var b strings.Builder
	depth, inText := 0, 0
	for d := xml.NewDecoder(body); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return "", damaged(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return "", damaged(errors.New("elements too deep"))
			}
			switch wordElement(t.Name) {
			case "t":
				inText++
			case "tab":
				b.WriteByte('\t')
			case "br", "cr":
				b.WriteByte('\n')
			}
		case xml.EndElement:
			depth--
			switch wordElement(t.Name) {
			case "t":
				inText--
			case "p":
				b.WriteByte('\n')
			}
		case xml.CharData:
			if inText > 0 {
				b.Write(t)
			}
		}
		if b.Len() > 4*MaxCharacters {
			return "", tooLong()
		}
	}
}

func wordElement(n xml.Name) string {
	for _, space := range wordNames {
		if n.Space == space {
			return n.Local
		}
	}
	return ""
}
