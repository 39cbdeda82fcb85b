internal import BelljarModel

/// Rules for the date that a build sees.
extension Rules {
    /// How to get one.
    static let epochAdvice =
        "`git log -1 --format=%ct` prints that of the last commit, `date +%s` that of now, and `auto` takes it from a pinned source"

    /// Seconds since 1970 in decimal digits without quotes, or `auto`.
    static let epoch = ValueRule<RecipeEpoch>(
        .oneOf([ValueRule.whole(Recipe.epochs).schema, .constant("auto")])
    ) { node, label, mistakes in
        if node.text == "auto" { return .auto }
        guard let text = node.plainText, node.text != nil else {
            mistakes.addUnlessRefused(
                "\(label) must be a whole number without quotes, or auto, not \(node.kindName); \(epochAdvice)",
                at: node)
            return nil
        }
        do throws(Wrong) { return .seconds(try whole(text, in: Recipe.epochs)) } catch {
            let help = seconds(meantBy: text).map { "\($0) is that in seconds since 1970" } ?? epochAdvice
            mistakes.add(error.message(label, text) + "; " + help, at: node)
            return nil
        }
    }

    /// Of a date (`2024-01-31`, the beginning of that day in UTC) and of milliseconds.
    private static func seconds(meantBy text: String) -> UInt64? {
        // From 1973 on.
        if let number = UInt64(text), (100_000_000...Recipe.epochs.upperBound).contains(number / 1000) {
            return number / 1000
        }
        let parts = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2],
            text.utf8.count == 10 || "T ".contains(text.dropFirst(10).prefix(1)),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1970...2242).contains(year), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        // Years begin in March, so that the day that some of them have more is their last.
        let (shifted, from) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (from * 153 + 2) / 5 + day - 719_469
        return days > 0 ? UInt64(days) * 86_400 : nil
    }
}

extension RecipeSource.Kind {
    /// Whether it is pinned together with the times of what is in it.
    var hasTime: Bool {
        switch name {
        case .archive, .git: true
        case .file, .local, .patch: false
        }
    }
}
