"""Whether clauses can be true together, with a trace that anybody can check when they cannot."""

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush

TRUE, FALSE, OPEN = 1, 0, 2  # what a literal is; all but FALSE are true of Python
DECAY = 1 / 0.94
MOST = 1e100
RESTART = 100
KEPT_LEARNED = 1500
NONE_LEFT, BLOCKED = 0, -1  # instead of the next literal to decide


class Solver:
    """Clauses over variables 1, 2, 3 and so on; asked again after more clauses, it goes on from what it has learned.

    Inside, the literals of variable `v` are `2 * v` and `2 * v + 1` (negated), and a clause watches its first two.
    """

    def __init__(self) -> None:
        self.clauses: list[tuple[int, ...]] = []
        self.trace: list[tuple[int, ...]] = []
        self.conflicts = 0
        self.core: tuple[int, ...] = ()
        self._variables = 0
        self._taken = 0  # how many of the clauses are watched
        self._refuted = False
        self._values: list[int] = [OPEN, OPEN]  # of each literal
        self._watches: list[list[list[int]]] = [[], []]  # of each literal: the clauses that watch it
        self._level: list[int] = [0]  # of each variable
        self._reason: list[list[int] | None] = [None]
        self._phase: list[int] = [1]  # the sign that a variable had last
        self._activity: list[float] = [0.0]
        self._queued: list[float] = [-1.0]  # the activity with which a variable waits in the queue
        self._queue: list[tuple[float, int]] = []
        self._step = 1.0
        self._trail: list[int] = []
        self._head = 0  # how much of the trail is propagated
        self._limits: list[int] = []  # where each level begins in the trail
        self._learned: list[tuple[int, list[int]]] = []  # with the number of levels that each spans
        self._allowed = KEPT_LEARNED
        self._model: list[int] = []

    def new_var(self) -> int:
        """A variable that no clause holds yet."""
        self._variables += 1
        return self._variables

    def add(self, clause: Iterable[int]) -> None:
        """From now on one of these literals is true; a clause that is always true is not kept."""
        literals = tuple(dict.fromkeys(clause))
        if len(set(map(abs, literals))) == len(literals):
            self.clauses.append(literals)

    def solve(self, assumptions: Sequence[int] = (), *, budget: int) -> bool | None:
        """Whether all clauses and assumptions can be true together; None when so many conflicts did not settle it.

        After False `core` holds assumptions that cannot all hold, and the trace ends with their negation.
        """
        self.core = ()
        self._grow()
        self._take_in()
        if self._refuted:
            return False
        answer = self._search([_inner(literal) for literal in assumptions], self.conflicts + budget)
        self._backtrack(0)
        return answer

    def value(self, literal: int) -> bool:
        """Whether the literal is true in the last model found."""
        return self._model[_inner(literal)] == TRUE

    def _grow(self) -> None:
        first, new = len(self._level), self._variables + 1 - len(self._level)
        if not new:
            return
        self._values += [OPEN] * (2 * new)
        self._watches += [[] for _ in range(2 * new)]
        self._level += [0] * new
        self._reason += [None] * new
        self._phase += [1] * new
        self._activity += [0.0] * new
        self._queued += [0.0] * new
        self._queue += [(0.0, variable) for variable in range(first, first + new)]  # none is less active: still a heap

    def _take_in(self) -> None:
        values = self._values
        for clause in self.clauses[self._taken :]:
            literals = [2 * literal if literal > 0 else 1 - 2 * literal for literal in clause]
            held = [values[literal] for literal in literals]
            if TRUE in held:
                continue
            if FALSE in held:
                literals = [literal for literal in literals if values[literal]]
            if len(literals) > 1:
                self._watch(literals)
                continue
            if not literals:
                self._refute()
                break
            self._assign(literals[0], None)
        self._taken = len(self.clauses)

    def _watch(self, literals: list[int]) -> None:
        self._watches[literals[0]].append(literals)
        self._watches[literals[1]].append(literals)

    def _refute(self) -> None:
        if not self._refuted:
            self._refuted = True
            self.trace.append(())

    def _search(self, goals: list[int], last: int) -> bool | None:
        restarts, until = 0, self.conflicts + RESTART
        while True:
            conflict = self._propagate()
            if conflict is not None:
                self.conflicts += 1
                if not self._limits:
                    self._refute()
                    return False
                self._learn(*self._analyse(conflict))
                if self.conflicts >= last:
                    return None
                if self.conflicts >= until:
                    restarts += 1
                    until = self.conflicts + RESTART * _luby(restarts)
                    self._restart()
                continue
            literal = self._next(goals)
            if literal == BLOCKED:
                return False
            if literal == NONE_LEFT:
                self._model = self._values.copy()
                return True
            self._limits.append(len(self._trail))
            self._assign(literal, None)

    def _next(self, goals: list[int]) -> int:
        values, limits = self._values, self._limits
        while len(limits) < len(goals):
            goal = goals[len(limits)]
            if values[goal] == OPEN:
                return goal
            if values[goal] == FALSE:
                self._blame(goal)
                return BLOCKED
            limits.append(len(self._trail))
        queue, queued = self._queue, self._queued
        while queue:
            less_active, variable = heappop(queue)
            if queued[variable] == -less_active:
                queued[variable] = -1.0
                if values[2 * variable] == OPEN:
                    return 2 * variable + self._phase[variable]
        return NONE_LEFT

    def _assign(self, literal: int, reason: list[int] | None) -> None:
        variable = literal >> 1
        self._values[literal], self._values[literal ^ 1] = TRUE, FALSE
        self._level[variable] = len(self._limits)
        self._reason[variable] = reason
        self._trail.append(literal)

    def _propagate(self) -> list[int] | None:
        """A clause that is false now, or None once no clause forces another literal."""
        values, watches, trail = self._values, self._watches, self._trail
        level, reason, depth = self._level, self._reason, len(self._limits)
        while self._head < len(trail):
            false = trail[self._head] ^ 1
            self._head += 1
            watching = watches[false]
            if not watching:
                continue
            watches[false] = kept = []
            for at, clause in enumerate(watching):
                first = clause[0]
                if first == false:
                    first = clause[0] = clause[1]
                    clause[1] = false
                held = values[first]
                if held != TRUE:
                    for place in range(2, len(clause)):
                        literal = clause[place]
                        if values[literal]:
                            clause[1] = literal
                            clause[place] = false
                            watches[literal].append(clause)
                            break
                    else:
                        if not held:
                            kept += watching[at:]
                            return clause
                        kept.append(clause)
                        values[first] = TRUE
                        values[first ^ 1] = FALSE
                        variable = first >> 1
                        level[variable] = depth
                        reason[variable] = clause
                        trail.append(first)
                    continue
                kept.append(clause)
        return None

    def _analyse(self, conflict: list[int]) -> tuple[list[int], int]:
        """What follows from the conflict, its one literal of this level first, and the level to go back to."""
        level, reason, trail, depth = self._level, self._reason, self._trail, len(self._limits)
        seen: set[int] = set()
        below: list[int] = []
        clause: list[int] | None = conflict
        here, at = 0, len(trail)
        while True:
            for literal in clause or ():
                variable = literal >> 1
                if variable not in seen and level[variable]:
                    seen.add(variable)
                    if level[variable] == depth:
                        here += 1
                    else:
                        below.append(literal)
            at -= 1
            while trail[at] >> 1 not in seen:
                at -= 1
            here -= 1
            if not here:
                break
            clause = reason[trail[at] >> 1]
        self._bump(seen)
        levels = {level[literal >> 1] for literal in below}
        below = [literal for literal in below if not self._follows(literal, seen, levels)]
        below.sort(key=lambda literal: -level[literal >> 1])
        return [trail[at] ^ 1, *below], level[below[0] >> 1] if below else 0

    def _follows(self, literal: int, seen: set[int], levels: set[int]) -> bool:
        """Whether the literal is false because others of the clause are."""
        level, reason = self._level, self._reason
        stack = [literal >> 1]
        added: list[int] = []
        while stack:
            cause = reason[stack.pop()]
            if cause is None:
                seen.difference_update(added)
                return False
            for other in cause:
                variable = other >> 1
                if variable in seen or not level[variable]:
                    continue
                if reason[variable] is None or level[variable] not in levels:
                    seen.difference_update(added)
                    return False
                seen.add(variable)
                added.append(variable)
                stack.append(variable)
        return True

    def _bump(self, variables: set[int]) -> None:
        activity, step = self._activity, self._step
        for variable in variables:
            activity[variable] += step
        self._step *= DECAY
        if self._step > MOST:
            self._rescale()

    def _rescale(self) -> None:
        self._step /= MOST
        self._activity = [amount / MOST for amount in self._activity]
        self._queued = [self._activity[at] if amount >= 0 else -1.0 for at, amount in enumerate(self._queued)]
        self._queue = [(-amount, variable) for variable, amount in enumerate(self._queued) if amount >= 0]
        heapify(self._queue)

    def _learn(self, literals: list[int], back: int) -> None:
        self.trace.append(tuple(_outer(literal) for literal in literals))
        spans = len({self._level[literal >> 1] for literal in literals})
        self._backtrack(back)
        if len(literals) == 1:
            self._assign(literals[0], None)
            return
        self._watch(literals)
        self._learned.append((spans, literals))
        self._assign(literals[0], literals)

    def _blame(self, goal: int) -> None:
        """The core is the assumptions from which it follows that this one is false."""
        seen, core = {goal >> 1}, [goal]
        for literal in reversed(self._trail[self._limits[0] :] if self._limits else []):
            if literal >> 1 not in seen:
                continue
            cause = self._reason[literal >> 1]
            if cause is None:
                core.append(literal)
                continue
            seen.update(other >> 1 for other in cause if self._level[other >> 1])
        self.core = tuple(_outer(literal) for literal in core)
        self.trace.append(tuple(-literal for literal in self.core))

    def _backtrack(self, back: int) -> None:
        if len(self._limits) <= back:
            return
        start = self._limits[back]
        values, phase, activity, queued, queue = self._values, self._phase, self._activity, self._queued, self._queue
        for literal in self._trail[start:]:
            variable = literal >> 1
            values[literal] = values[literal ^ 1] = OPEN
            phase[variable] = literal & 1
            if queued[variable] != activity[variable]:
                queued[variable] = activity[variable]
                heappush(queue, (-activity[variable], variable))
        del self._trail[start:], self._limits[back:]
        self._head = start

    def _restart(self) -> None:
        self._backtrack(0)
        if len(self._learned) > self._allowed:
            self._allowed += KEPT_LEARNED // 5
            self._forget()

    def _forget(self) -> None:
        """Of the learned clauses the half that span fewest levels, and the later of these, are still watched."""
        ranked = sorted(range(len(self._learned)), key=lambda at: (self._learned[at][0], -at))
        cut = len(ranked) // 2
        gone = {id(self._learned[at][1]) for at in ranked[cut:] if self._learned[at][0] > 2}
        gone -= {id(self._reason[literal >> 1]) for literal in self._trail}
        self._learned = [learned for learned in self._learned if id(learned[1]) not in gone]
        for watching in self._watches:
            watching[:] = [clause for clause in watching if id(clause) not in gone]


def _inner(literal: int) -> int:
    return 2 * literal if literal > 0 else 1 - 2 * literal


def _outer(literal: int) -> int:
    return -(literal >> 1) if literal & 1 else literal >> 1


def _luby(index: int) -> int:
    """The sequence 1, 1, 2, 1, 1, 2, 4, 1 and so on, counted from one."""
    size = 1
    while size < index:
        size = 2 * size + 1
    while size != index:
        size //= 2
        index -= size if index > size else 0
    return (size + 1) // 2
