"""The most that can flow through a network (Dinitz 1970), in integers."""

from __future__ import annotations

from collections import deque


class Network:
    """Nodes 0, 1, ... and pipes between them. Each pipe and its reverse stand next to each other."""

    def __init__(self, nodes: int) -> None:
        self.pipes: list[list[int]] = [[] for _ in range(nodes)]
        self.ends: list[int] = []
        self.room: list[int] = []

    def add(self, start: int, end: int, capacity: int) -> None:
        """Lay a pipe."""
        for node, other, room in ((start, end, capacity), (end, start, 0)):
            self.pipes[node].append(len(self.ends))
            self.ends.append(other)
            self.room.append(room)

    def distances(self, source: int) -> list[int]:
        """How many pipes with room lead from the source to each node; -1 where none do."""
        far = [-1] * len(self.pipes)
        far[source] = 0
        queue = deque([source])
        while queue:
            node = queue.popleft()
            for pipe in self.pipes[node]:
                if self.room[pipe] and far[self.ends[pipe]] < 0:
                    far[self.ends[pipe]] = far[node] + 1
                    queue.append(self.ends[pipe])
        return far

    def fill(self, source: int, sink: int) -> list[int]:
        """Let flow what can; return the distances afterwards, -1 for what the smallest cut parts from the source."""
        while (far := self.distances(source))[sink] >= 0:
            untried = [list(pipes) for pipes in self.pipes]
            while path := self.shortest_path(source, sink, far, untried):
                most = min(self.room[pipe] for pipe in path)
                for pipe in path:
                    self.room[pipe] -= most
                    self.room[pipe ^ 1] += most
        return far

    def shortest_path(self, source: int, sink: int, far: list[int], untried: list[list[int]]) -> list[int]:
        """The pipes of a shortest path with room, or none; pipes that lead nowhere are struck off `untried`."""
        path: list[int] = []
        node = source
        while node != sink:
            while untried[node]:
                pipe = untried[node][-1]
                if self.room[pipe] and far[self.ends[pipe]] == far[node] + 1:
                    break
                untried[node].pop()
            if untried[node]:
                path.append(pipe)
                node = self.ends[pipe]
            elif path:
                node = self.ends[path.pop() ^ 1]
                untried[node].pop()
            else:
                return []
        return path
