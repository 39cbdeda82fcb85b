internal import BelljarBuild
internal import BelljarModel
internal import BelljarRecipe

/// What `belljar build` says to machines: its answer, and the lines of `--events`.
extension Answers {
    /// How a build ended, as far as it is told.
    struct Build {
        var report: BuildReport
        /// Names of the recipes that were asked for.
        var wanted: [String]
        /// Why it failed.
        var error: ReportedError?
    }

    static let builds = JSONType<Build>.answer {
        JSONMember(
            says: "builds", .list(of: build), "one for each recipe that was asked for and has a result, failed ones too"
        ) { answer in
            answer.wanted.compactMap { answer.report[$0]?.outcome }.filter { $0.record.result.status != .cancelled }
        }
        JSONMember(says: "recipes", .list(of: recipe), "all that the build is of, inputs too, each behind its inputs") {
            $0.report.entries
        }
        JSONMember(
            maySay: "refused", .list(of: refusal),
            "after --keep-going: recipes that cannot be read, or need one that cannot"
        ) { $0.report.refused.unlessEmpty }
        JSONMember(maySay: "error", error, "only if it failed: the failure that the exit code is of") { $0.error }
    }

    private static let refusal = JSONType<RecipeGraph.Unread>.answer {
        JSONMember(says: "name", .text, "the recipe's name") { $0.name }
        JSONMember(says: "error", error, "why it cannot be built") { ReportedError($0.error) }
    }

    /// What became of a recipe, in one word.
    enum Fate: String, CaseIterable, Sendable {
        case built, cached, failed, cancelled, untried
    }

    private static let notFetchedMeaning =
        "addresses of its sources that never gave them to this store, sorted; a cached record may name others"

    private static let recipe = JSONType<BuildReport.Entry>.answer {
        JSONMember(says: "name", .name(.recipe), "the recipe's name") { $0.recipe.name }
        JSONMember(says: "version", .name(.version), "the recipe's version") { $0.recipe.version }
        JSONMember(says: "fate", .choice, "what became of it; cancelled: it was cut short") { $0.fate }
        JSONMember(maySay: "record", .digest, "SHA-256 of the record; missing if none was kept") { $0.outcome?.digest }
        JSONMember(maySay: "notFetched", .list(of: .text), notFetchedMeaning) { $0.outcome?.notFetched.unlessEmpty }
        JSONMember(maySay: "error", error, "why it failed") { entry in
            guard case .failed(let error, _) = entry.ending else { return nil }
            return ReportedError(error)
        }
        JSONMember(maySay: "failedInputs", .list(of: .name(.recipe)), "of an untried one: what failed of its inputs") {
            guard case .untried(let failed) = $0.ending else { return nil }
            return failed
        }
    }

    private static let build = JSONType<BuildOutcome>.answer {
        JSONMember(says: "name", .name(.recipe), "the recipe's name") { $0.record.definition.name }
        JSONMember(says: "version", .name(.version), "the recipe's version") { $0.record.definition.version }
        JSONMember(says: "cached", .flag, "whether an earlier record was the answer") { $0.isCached }
        JSONMember(says: "action", .digest, "the cache key") { $0.record.action }
        JSONMember(says: "definition", .digest, "SHA-256 of the definition") { $0.record.keyed.digest }
        JSONMember(says: "result", .digest, "SHA-256 of the result") { (outcome) throws(BelljarError) in
            try outcome.record.result.resultDigest()
        }
        JSONMember(says: "image", .digest, "SHA-256 of the toolchain's image") {
            $0.record.definition.toolchain.image.digest
        }
        JSONMember(says: "status", .choice, "ok, or how the build failed") { $0.record.result.status }
        JSONMember(says: "outputs", .list(of: BuildRecord.Output.json), "every file and link below /out") {
            $0.record.result.outputs
        }
        JSONMember(says: "milliseconds", .count, "how long the build took") { $0.record.observed.milliseconds }
        JSONMember(maySay: "record", .digest, "SHA-256 of the record; missing if none was kept") { $0.digest }
        JSONMember(maySay: "tree", .digest, "SHA-256 of the tree of /out; only if the status is ok") {
            $0.record.result.tree?.digest
        }
    }

    // MARK: Events

    /// A line of `--events`.
    struct Event {
        enum Kind: String, CaseIterable, Sendable {
            case started, step, log, fetched, cached, built, failed, cancelled, untried, finished
        }

        var kind: Kind
        /// Nanoseconds since 1970.
        var time: UInt64
        var name: String?
        var recipe: RecipeProgress?
        var step: (name: String, number: Int, count: Int)?
        var text: String?
        var bytes: UInt64?
        /// Of a recipe that cannot be read.
        var error: ReportedError?
        var end: End?

        struct End {
            var report: BuildReport?
            var error: ReportedError?
            var milliseconds: UInt64
        }
    }

    static let event = JSONType<Event>.answer {
        eventHead() + eventRecipe() + eventEnd()
    }

    private static func eventHead() -> [JSONMember<Event>] {
        [
            JSONMember(says: "event", .choice, "what happened") { $0.kind },
            JSONMember(says: "time", .count, "when: milliseconds since 1970") { $0.time / 1_000_000 },
            JSONMember(maySay: "name", .text, "the recipe; of log also a toolchain; of fetched what was fetched") {
                $0.recipe?.name ?? $0.name
            },
            JSONMember(maySay: "step", .text, "of step: its name") { $0.step?.name },
            JSONMember(maySay: "number", .count, "of step: which one, from 1") {
                $0.step.map { UInt64(clamping: $0.number) }
            },
            JSONMember(maySay: "count", .count, "of step: how many the recipe has") {
                $0.step.map { UInt64(clamping: $0.count) }
            },
            JSONMember(maySay: "text", .text, "of log: whole lines that steps wrote, each with its line feed") {
                $0.text
            },
            JSONMember(maySay: "bytes", .count, "of fetched: how many") { $0.bytes },
        ]
    }

    private static func eventRecipe() -> [JSONMember<Event>] {
        [
            JSONMember(maySay: "version", .name(.version), "the recipe's version") { $0.recipe?.version },
            JSONMember(maySay: "done", .count, "how many recipes of the build are over, this one too") {
                $0.recipe.map { UInt64(clamping: $0.done) }
            },
            JSONMember(maySay: "total", .count, "how many recipes the build has") {
                $0.recipe.map { UInt64(clamping: $0.total) }
            },
            JSONMember(maySay: "record", .digest, "SHA-256 of the record; missing if none was kept") {
                $0.recipe?.record?.digest
            },
            JSONMember(maySay: "action", .digest, "the cache key") { $0.recipe?.record?.content.action },
            JSONMember(maySay: "definition", .digest, "SHA-256 of the definition") {
                $0.recipe?.record?.content.keyed.digest
            },
            JSONMember(maySay: "result", .digest, "SHA-256 of the result") {
                try? $0.recipe?.record?.content.result.resultDigest()
            },
            JSONMember(maySay: "status", .choice, "ok, or how the build failed") {
                $0.recipe?.record?.content.result.status
            },
            JSONMember(maySay: "notFetched", .list(of: .text), notFetchedMeaning) {
                $0.recipe?.notFetched.unlessEmpty
            },
            JSONMember(maySay: "failedInputs", .list(of: .name(.recipe)), "of untried: what failed of its inputs") {
                $0.kind == .untried ? $0.recipe?.failedInputs : nil
            },
        ]
    }

    private static func eventEnd() -> [JSONMember<Event>] {
        func count(_ fate: Fate) -> @Sendable (Event) -> UInt64? {
            { event in
                event.end?.report.map { UInt64(clamping: $0.entries.count { $0.fate == fate }) }
            }
        }
        return [
            JSONMember(maySay: "milliseconds", .count, "how long it took: the recipe, or of finished all of them") {
                $0.end?.milliseconds
                    ?? $0.recipe.flatMap { event in
                        [.started, .untried].contains(event.kind) ? nil : UInt64(event.seconds * 1000)
                    }
            },
            JSONMember(maySay: "error", error, "why it failed; of finished the failure that the exit code is of") {
                $0.end?.error ?? $0.error ?? $0.recipe?.error.map { ReportedError($0) }
            },
            JSONMember(maySay: "exitCode", .count(in: 0...255), "of finished: belljar's exit code") {
                $0.end.map { UInt64(clamping: $0.error?.exitCode ?? 0) }
            },
            JSONMember(maySay: "built", .count, "of finished: how many recipes were built", count(.built)),
            JSONMember(maySay: "cached", .count, "of finished: how many an earlier record answered", count(.cached)),
            JSONMember(maySay: "failed", .count, "of finished: how many failed", count(.failed)),
            JSONMember(
                maySay: "cancelled", .count, "of finished: how many were cut short", count(.cancelled)),
            JSONMember(maySay: "untried", .count, "of finished: how many were not tried", count(.untried)),
        ]
    }
}

extension Array {
    /// Nil for a list of nothing, which an answer leaves out.
    fileprivate var unlessEmpty: Self? { isEmpty ? nil : self }
}

extension BuildReport.Entry {
    var fate: Answers.Fate {
        switch ending {
        case .succeeded(let outcome): outcome.isCached ? .cached : .built
        case .failed(let error, _): error.code == .cancelled ? .cancelled : .failed
        case .untried: .untried
        }
    }
}
