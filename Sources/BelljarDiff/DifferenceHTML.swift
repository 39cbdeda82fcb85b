internal import BelljarModel

/// A difference as a page of HTML: one file, without scripts, that loads nothing and is light or dark as its reader likes.
package enum DifferenceHTML {
    /// - Parameters:
    ///   - first: what the two are called.
    ///   - site: what stands before the links to chapters of docs/causes.md: an address, or nothing.
    ///   - difference: nil if there is none.
    package static func page(of difference: TreeDifference?, first: String, second: String, site: String = "") -> String
    {
        let outputs = difference?.outputs ?? []
        let count =
            outputs.isEmpty
            ? "No difference" : "\(outputs.count) \(outputs.count == 1 ? "path differs" : "paths differ")"
        let omitted = difference?.allOmitted ?? 0
        var body =
            "<h1>\(escaped(count))</h1>\n<dl><dt>first</dt><dd class=\"removed\">\(escaped(first))</dd>"
            + "<dt>second</dt><dd class=\"added\">\(escaped(second))</dd></dl>\n"
        if omitted > 0 { body += "<p class=\"note\">and more that are not listed: \(omitted)</p>\n" }
        body += "<nav><ul>\n"
        for (index, output) in outputs.enumerated() {
            body +=
                "<li><a href=\"#p\(index)\">\(name(output))</a> <span class=\"note\">"
                + escaped(output.difference.summary) + "</span>" + badges(output.difference) + "</li>\n"
        }
        body += "</ul></nav>\n" + causes(difference?.allCauses ?? [], site: site)
        for (index, output) in outputs.enumerated() {
            body +=
                "<section id=\"p\(index)\"><h2>\(name(output))</h2>\n" + details(output.difference, level: 0)
                + "</section>\n"
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(escaped(count)): \(escaped(first)), \(escaped(second))</title>
            <style>
            \(style)</style></head><body>
            \(body)</body></html>

            """
    }

    private static func name(_ output: TreeDifference.Place) -> String {
        let words = output.words
        return escaped(words.isEmpty ? output.difference.form.words : words)
    }

    // MARK: Parts of the page

    private static func badges(_ difference: TreeDifference) -> String {
        difference.allCauses.map { " <a class=\"badge\" href=\"#\($0.cause.rawValue)\">\(escaped($0.cause.words))</a>" }
            .joined()
    }

    private static func causes(_ found: [CauseFinding], site: String) -> String {
        guard !found.isEmpty else { return "" }
        var text = "<section><h2>\(found.count == 1 ? "Likely cause" : "Likely causes")</h2>\n"
        for finding in found {
            text += "<p id=\"\(finding.cause.rawValue)\"><strong>\(escaped(finding.cause.words))</strong>"
            if let example = finding.example {
                text +=
                    ": <code class=\"removed\">\(escaped(example.first))</code> <code class=\"added\">\(escaped(example.second))</code>"
            }
            text +=
                "<br>\(escaped(finding.cause.remedy)). <a href=\"\(escaped(site + finding.cause.link))\">more</a></p>\n"
        }
        return text + "</section>\n"
    }

    private static func details(_ difference: TreeDifference, level: Int) -> String {
        var text = ""
        if difference.change != .changed { text += "<p>\(escaped(difference.summary))</p>\n" }
        for note in difference.notes { text += "<p class=\"note\">\(escaped(note))</p>\n" }
        if !difference.properties.isEmpty {
            text += "<table>"
            for property in difference.properties {
                text +=
                    "<tr><th>\(escaped(property.name))</th><td class=\"removed\">\(escaped(property.first ?? "none"))</td>"
                    + "<td class=\"added\">\(escaped(property.second ?? "none"))</td></tr>"
            }
            text += "</table>\n"
        }
        switch difference.detail {
        case .none: break
        case .lines(let lines): text += rows(lines)
        case .bytes(let bytes): text += rows(bytes)
        }
        for part in difference.parts {
            let words = escaped(PathText.shown(part.name)) + " <span class=\"note\">\(escaped(part.summary))</span>"
            text += "<details open><summary>\(words)</summary>\n" + details(part, level: level + 1) + "</details>\n"
        }
        if difference.omitted > 0 {
            text += "<p class=\"note\">\(difference.omitted) more that differ are not listed</p>\n"
        }
        return text
    }

    private static func rows(_ found: LineDifference) -> String {
        var text = "<pre>"
        for hunk in found.hunks {
            text += "<span class=\"note\">\(hunk.heading)</span>\n"
            for line in hunk.lines {
                let shown = escaped(line.mark + line.text)
                text += line.kind == .context ? shown + "\n" : "<span class=\"\(line.kind.rawValue)\">\(shown)</span>\n"
            }
        }
        if found.isCut {
            text += "<span class=\"note\">there are more: -\(found.removed) +\(found.added) lines in all</span>\n"
        }
        return text + "</pre>\n"
    }

    private static func rows(_ found: ByteDifference) -> String {
        var text = "<p>\(escaped(found.sentence))</p>\n<pre>"
        for spot in found.spots {
            text += "<span class=\"note\">@@ 0x\(String(spot.offset, radix: 16)) @@</span>\n"
            for (bytes, words, kind, mark) in [
                (spot.first, spot.firstText, "removed", "-"), (spot.second, spot.secondText, "added", "+"),
            ] {
                for row in ByteDifference.rows(bytes) {
                    text += "<span class=\"\(kind)\">\(mark) \(escaped(row))</span>\n"
                }
                if let words { text += "<span class=\"\(kind)\">\(mark) \u{201c}\(escaped(words))\u{201d}</span>\n" }
            }
        }
        if found.isCut { text += "<span class=\"note\">there are more</span>\n" }
        return text + "</pre>\n"
    }

    /// Text that nothing of can be taken for a part of the page. Control characters, and those that change the direction of what
    /// follows, are shown as what they are.
    static func escaped(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case "'": safe += "&#39;"
            case "\t": safe.unicodeScalars.append(scalar)
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator:
                    safe += "\\u{\(String(scalar.value, radix: 16))}"
                default: safe.unicodeScalars.append(scalar)
                }
            }
        }
        return safe
    }

    private static let style = """
        :root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --faint: #57606a; --line: #d0d7de;
          --minus: #82071e; --minus-ground: #ffebe9; --plus: #0f5323; --plus-ground: #dafbe1; --link: #0550ae; }
        @media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --ink: #e6edf3; --faint: #9198a1; --line: #3d444d;
          --minus: #ffc1ba; --minus-ground: #4a1214; --plus: #aff5b4; --plus-ground: #0f3a1c; --link: #79c0ff; } }
        body { background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 0 auto;
          max-width: 64rem; padding: 1rem; overflow-wrap: anywhere; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; border-bottom: 1px solid var(--line); }
        a { color: var(--link); } dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
        dd { margin: 0; padding: 0 .25rem; } .note { color: var(--faint); }
        .removed { color: var(--minus); background: var(--minus-ground); }
        .added { color: var(--plus); background: var(--plus-ground); }
        .badge { border: 1px solid var(--line); border-radius: 1rem; font-size: .85rem; padding: 0 .5rem; white-space: nowrap; }
        pre { border: 1px solid var(--line); font: 13px/1.45 ui-monospace, monospace; overflow-x: auto; padding: .5rem; }
        pre span { display: inline-block; min-width: 100%; }
        table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: .15rem .5rem; text-align: left; }
        details { border-left: 2px solid var(--line); padding-left: .75rem; } summary { cursor: pointer; }

        """
}
