/// One thing that a build would otherwise see of its host, virtualised as a whole or left as it is.
///
/// This module is the single place in which controls are declared: their states and defaults here, the system calls that
/// each one answers in `NotifiedCall`.
package enum Control: String, CaseIterable, Hashable, Sendable {
    /// Where a program's stack, heap and libraries lie.
    case addresses
    /// What time it is.
    case clock
    /// How many processors there are and what they can do.
    case cpu
    /// What the file system can do beyond the ordinary: attributes, shared extents, holes.
    case fs
    /// The kernel's release, and what else names the machine.
    case identity
    /// How much memory and disk there is, and how busy the machine is.
    case memory
    /// When files were changed.
    case mtimes
    /// The order in which a directory lists its names.
    case order
    /// Who owns a file: with `fake`, changes of owner are remembered and shown, as fakeroot(1) does.
    case owners
    /// Random numbers.
    case random
    /// Device and inode numbers, link counts, and the sizes of directories.
    case stat
    #if PRETENDED_CONTROL
        /// One that came later and does nothing, for the tests of what that does to records (`make formats`).
        case pretended
    #endif

    /// What it can be set to; the first is the default.
    package var states: [ControlState] {
        switch self {
        case .addresses, .cpu, .identity, .memory: [.fixed, .real]
        case .clock: [.frozen, .real]
        case .fs: [.plain, .real]
        case .mtimes: [.ordinal, .flat, .real]
        case .order: [.sorted, .real]
        case .owners: [.real, .fake]
        case .random: [.seeded, .real]
        case .stat: [.virtual, .real]
        #if PRETENDED_CONTROL
            case .pretended: [.fixed, .real]
        #endif
        }
    }

    /// What of the host it decides about, in a few words.
    package var summary: String {
        switch self {
        case .addresses: "where stack, heap and libraries lie"
        case .clock: "the time of day"
        case .cpu: "how many processors there are, and what they can do"
        case .fs: "extended attributes, shared extents and holes of files"
        case .identity: "the kernel's release and what else names the machine"
        case .memory: "how much memory and disk there is, and how busy the machine is"
        case .mtimes: "times of files"
        case .order: "the order of names in a directory"
        case .owners: "who owns a file; set by root"
        case .random: "random numbers"
        case .stat: "device and inode numbers, link counts, sizes of directories"
        #if PRETENDED_CONTROL
            case .pretended: "nothing"
        #endif
        }
    }

    /// The state that every build had before there was this control. A record that does not name the control was made so,
    /// and none that is in this state names it. Nil for the controls that every record names. It never changes.
    package var stateBefore: ControlState? {
        switch self {
        case .addresses, .clock, .cpu, .fs, .identity, .memory, .mtimes, .order, .owners, .random, .stat: nil
        #if PRETENDED_CONTROL
            case .pretended: .real
        #endif
        }
    }

    /// The state of that name, if this control can be set to it.
    package func state(named name: String) -> ControlState? {
        ControlState(rawValue: name).flatMap { states.contains($0) ? $0 : nil }
    }
}

/// How a control is set. The names are those of recipes and records.
package enum ControlState: String, CaseIterable, Hashable, Sendable {
    /// As the host has it.
    case real
    /// The same on every host.
    case fixed
    /// A clock that begins at the recipe's epoch and moves by what is waited for, and by nothing else.
    case frozen
    /// Times of whoever changed the file, whose nanoseconds only count the changes.
    case ordinal
    /// Times that are all the epoch.
    case flat
    /// From a stream that the recipe's seed and the program decide.
    case seeded
    /// By name, compared as bytes.
    case sorted
    /// Numbers that depend on names instead of on the host's disk.
    case virtual
    /// Without what only some file systems have.
    case plain
    /// Pretended, and remembered.
    case fake
}

/// A state for every control.
package struct ControlStates: Hashable, Sendable {
    /// States by `Control.allCases`' order.
    private var states: [ControlState]

    /// Every control at its default.
    package static let standard = ControlStates()
    /// Nothing virtualised.
    package static let real = ControlStates(states: Control.allCases.map { _ in .real })

    package init() { states = Control.allCases.map { $0.states[0] } }
    private init(states: [ControlState]) { self.states = states }

    package subscript(control: Control) -> ControlState {
        get { states[control.index] }
        set {
            precondition(control.states.contains(newValue), "\(control) cannot be \(newValue)")
            states[control.index] = newValue
        }
    }

    /// Names to states, as in records: `clock` to `frozen`.
    package var named: [String: String] {
        Dictionary(uniqueKeysWithValues: Control.allCases.map { ($0.rawValue, self[$0].rawValue) })
    }

    /// What reaches a build from its host because its control is `real`. `owners` is none of them: that one adds
    /// something to what every host has.
    package var open: [Control] { Control.allCases.filter { self[$0] == .real && $0.states[0] != .real } }

    package func isVirtualised(_ control: Control) -> Bool { self[control] != .real }
}

extension Control {
    /// Position in `allCases`.
    fileprivate var index: Int {
        switch self {
        case .addresses: 0
        case .clock: 1
        case .cpu: 2
        case .fs: 3
        case .identity: 4
        case .memory: 5
        case .mtimes: 6
        case .order: 7
        case .owners: 8
        case .random: 9
        case .stat: 10
        #if PRETENDED_CONTROL
            case .pretended: 11
        #endif
        }
    }
}
