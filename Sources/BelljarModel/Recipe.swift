package import BelljarControls

/// A place in an input file, for diagnostics: `Recipes/hello/recipe.yaml:12:5`. Lines and columns count from 1.
package struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    package var file: String
    package var line: Int
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// One file to be had from outside, whose bytes are decided.
package struct Pin: Hashable, Sendable {
    package var address: SourceAddress
    package var sha256: Digest
    /// Size in bytes where it is pinned; a transfer that grows past it is cut off.
    package var size: UInt64?

    package init(address: SourceAddress, sha256: Digest, size: UInt64?) {
        self.address = address
        self.sha256 = sha256
        self.size = size
    }
}

/// One source of a recipe.
package struct RecipeSource: Hashable, Sendable {
    package typealias Kind = SourceKind<Pin>

    package var kind: Kind
    /// Directory below `/build` that it is placed in (for a patch: applied in); empty for `/build` itself.
    package var into: String
    /// Whether links that lead out of a local source are taken in as they are; nobody ever follows them on the host.
    package var keepsLinks: Bool
    /// Patterns of what is left out of a local source, as lines of a `.gitignore` in it.
    package var ignore: [String]
    /// Which files of a local source are taken.
    package var selection: LocalSelection
    package var location: SourceLocation

    package init(
        kind: Kind, into: String, keepsLinks: Bool = false, ignore: [String] = [],
        selection: LocalSelection = .notIgnored, location: SourceLocation
    ) {
        self.kind = kind
        self.into = into
        self.keepsLinks = keepsLinks
        self.ignore = ignore
        self.selection = selection
        self.location = location
    }
}

/// Which files of a local directory are taken, before the recipe's own patterns have their say.
package enum LocalSelection: Hashable, Sendable {
    /// What neither `.gitignore` nor `.belljarignore` files name.
    case notIgnored
    /// What no `.belljarignore` file names.
    case notIgnoredByOwn
    /// What git tracks, and nothing else.
    case tracked
}

/// Where the script of a step stands in its file, so that a line of the one can be told as a line of the other.
package struct ScriptPlace: Hashable, Sendable {
    package var file: String
    /// Of its first line, from 1.
    package var line: Int
    /// Whether each line of the script is a line of the file, as in a block (`run: |`).
    package var isByLine: Bool

    package init(file: String, line: Int, isByLine: Bool) {
        self.file = file
        self.line = line
        self.isByLine = isByLine
    }

    /// `Recipes/hello/recipe.yaml:14`, of a line of the script, which counts from 1.
    package func place(ofLine number: Int) -> String { "\(file):\(isByLine ? line + number - 1 : line)" }
}

package struct RecipeStep: Hashable, Sendable {
    package var name: String
    /// A shell script, run as `/bin/sh -e -u -c SCRIPT` in `directory`.
    package var run: String
    /// Working directory below `/build`; empty for `/build` itself.
    package var directory: String
    /// Names of the recipe's secrets that it gets.
    package var secrets: [String]
    package var location: SourceLocation
    /// Nil where that is not known.
    package var script: ScriptPlace?

    package init(
        name: String, run: String, directory: String, secrets: [String] = [], location: SourceLocation,
        script: ScriptPlace? = nil
    ) {
        self.name = name
        self.run = run
        self.script = script
        self.directory = directory
        self.secrets = secrets
        self.location = location
    }
}

/// Where a build's clock starts.
package enum RecipeEpoch: Hashable, Sendable, ExpressibleByIntegerLiteral {
    /// Since 1970.
    case seconds(UInt64)
    /// The time of what the newest pinned source holds, which is a number before anything is made of it.
    case auto

    package init(integerLiteral value: UInt64) { self = .seconds(value) }
}

/// A build recipe as a value: what `Recipes/NAME/recipe.yaml` says, checked.
package struct Recipe: Hashable, Sendable {
    /// Seconds since 1970 that an epoch can be: until 2^33 - 1, in the year 2242. Larger times do not fit the eleven
    /// octal digits of a tar header.
    package static let epochs: ClosedRange<UInt64> = 1...(1 << 33) - 1
    /// How many there may be of each, in a recipe and in a record.
    package static let ignoreCount = 0...1024
    package static let sourceCount = 0...256
    /// Builds of one recipe that are compared.
    package static let roundCount: ClosedRange<UInt64> = 2...1000
    package static let inputCount = 0...256
    package static let stepCount = 1...256
    package static let outputCount = 1...4096
    package static let secretCount = 0...64
    /// Of variables besides those that belljar sets.
    package static let variableCount = 0...256
    /// Bytes of the value of a variable, and of a seed.
    package static let valueBytes = 64 << 10
    package static let seedBytes = 256
    /// Bytes of the memory and disk that a recipe can require.
    package static let requiredBytes: ClosedRange<UInt64> = 1...1 << 50

    package var name: String
    package var version: String
    /// Name of the toolchain it is built in.
    package var toolchain: String
    /// Of the fixed clock, `SOURCE_DATE_EPOCH`.
    package var epoch: RecipeEpoch
    package var sources: [RecipeSource]
    /// Names of recipes whose outputs are mounted read-only at `/inputs/NAME`.
    package var inputs: [String]
    /// Variables in addition to the fixed environment, which they cannot override.
    package var environment: [String: String]
    package var steps: [RecipeStep]
    /// Paths below `/out` that the build must leave; each may be a file, a link or a directory. Everything below
    /// `/out` is collected; `.` stands for "whatever is there, but at least one file".
    package var outputs: [String]
    /// Whether links that lead out of `/out`, absolute ones among them, are collected as they are.
    package var keepsLinks: Bool
    package var limits: ResourceLimits
    /// What of the host the build does not see. `owners` is `fake` for a recipe with `root: fake`.
    package var controls: ControlStates
    /// Where the recipe says `root`, which decides the control of owners; nil if it says nothing of it.
    package var root: SourceLocation?
    /// What seeded randomness begins with; empty if the recipe gives nothing.
    package var seed: String
    /// How what the build could see is looked at again when it is over. Decides no result, so it is part of no digest.
    package var recheck: Recheck
    /// How many builds of it have to come out alike for one to count as done, that one among them. Part of no digest.
    package var rounds: Int
    package var secrets: [RecipeSecret]
    /// What the host must have; part of no action.
    package var requirements: Requirements
    package var profile: IsolationProfile
    /// Folder of the recipe on this machine; not part of any digest.
    package var folder: String
    /// Folder of the project on this machine, which paths of sources that begin with a slash are relative to; nil if the
    /// recipe has none. Not part of any digest.
    package var project: String?
    package var location: SourceLocation

    package init(
        name: String, version: String, toolchain: String, epoch: RecipeEpoch, sources: [RecipeSource], inputs: [String],
        environment: [String: String], steps: [RecipeStep], outputs: [String], keepsLinks: Bool = false,
        limits: ResourceLimits,
        controls: ControlStates, root: SourceLocation? = nil, seed: String, recheck: Recheck = .changed,
        rounds: Int = 1, secrets: [RecipeSecret] = [],
        requirements: Requirements = .none, profile: IsolationProfile = .strict, folder: String,
        location: SourceLocation
    ) {
        self.name = name
        self.version = version
        self.toolchain = toolchain
        self.epoch = epoch
        self.sources = sources
        self.inputs = inputs
        self.environment = environment
        self.steps = steps
        self.outputs = outputs
        self.keepsLinks = keepsLinks
        self.limits = limits
        self.controls = controls
        self.root = root
        self.seed = seed
        self.recheck = recheck
        self.rounds = rounds
        self.requirements = requirements
        self.profile = profile
        self.secrets = secrets
        self.folder = folder
        self.location = location
    }
}
