// Package embedui carries the two web apps inside the binary: the host's and the participant's.
//
// They are written in Svelte under host, participant and shared, and built into dist by `npm run build`. The built
// files are not in the repository; without them (a build on a machine that has no Node) dist holds nothing but a
// marker file, and whoever serves the apps finds no index.html and must say so.
//
// Each app has the page APP/index.html, to be served without caching. The address /assets/APP/NAME is the file
// APP/assets/APP/NAME; its name holds a hash of its content, so that a browser may keep it for ever. Fonts, the same
// for every app, are there once, as if they were those of an app named fonts. Every text file has NAME.gz beside
// it with the same content compressed; scripts, styles and pages are there in that form only. licences.txt holds the
// licences of the fonts, icons and libraries that are built in, APP.manifest.json tells which files are loaded together.
package embedui

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS returns the built apps, rooted so that the host's page is host/index.html and the participant's is
// participant/index.html. Both are absent when the apps have not been built.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // cannot happen: the name is a constant and valid
	}
	return sub
}
