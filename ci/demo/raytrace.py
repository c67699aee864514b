"""A small ray tracer: spheres over a chequered floor, shadows, reflections.

    raytrace.py [--size PIXELS] [--output FILE.ppm]

Prints the picture's checksum and the seconds it took.
"""

from __future__ import annotations

import argparse
import math
import time
import zlib
from pathlib import Path


class Vector:
    """Three floats: a point, a direction or a colour."""

    __slots__ = ("x", "y", "z")

    def __init__(self, x: float, y: float, z: float) -> None:
        self.x = x
        self.y = y
        self.z = z

    def __add__(self, other: Vector) -> Vector:
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other: Vector) -> Vector:
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def scaled(self, factor: float) -> Vector:
        """The vector times a number."""
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other: Vector) -> float:
        """Scalar product."""
        return self.x * other.x + self.y * other.y + self.z * other.z

    def unit(self) -> Vector:
        """The same direction with length one."""
        return self.scaled(1.0 / math.sqrt(self.dot(self)))


class Thing:
    """Something to be hit by a ray: where (as a distance), its normal and its colour there."""

    shine = 0.0

    def hit(self, start: Vector, direction: Vector) -> float | None:
        """Distance to the nearest hit in front of `start`, None if there is none."""
        raise NotImplementedError

    def normal(self, point: Vector) -> Vector:
        """Outward direction at a point of the surface."""
        raise NotImplementedError

    def colour(self, point: Vector) -> Vector:
        """Colour at a point of the surface, each part from 0 to 1."""
        raise NotImplementedError


class Sphere(Thing):
    """A shining ball."""

    def __init__(self, centre: Vector, radius: float, tint: Vector, shine: float) -> None:
        self.centre = centre
        self.radius = radius
        self.tint = tint
        self.shine = shine

    def hit(self, start: Vector, direction: Vector) -> float | None:
        to_centre = self.centre - start
        along = to_centre.dot(direction)
        inside = self.radius * self.radius - to_centre.dot(to_centre) + along * along
        if inside < 0.0:
            return None
        distance = along - math.sqrt(inside)
        return distance if distance > 1e-6 else None

    def normal(self, point: Vector) -> Vector:
        return (point - self.centre).unit()

    def colour(self, point: Vector) -> Vector:
        return self.tint


class Floor(Thing):
    """The plane y = 0, chequered."""

    shine = 0.15

    def hit(self, start: Vector, direction: Vector) -> float | None:
        if direction.y > -1e-9:
            return None
        return -start.y / direction.y

    def normal(self, point: Vector) -> Vector:
        return Vector(0.0, 1.0, 0.0)

    def colour(self, point: Vector) -> Vector:
        if (math.floor(point.x) + math.floor(point.z)) % 2:
            return Vector(0.9, 0.9, 0.9)
        return Vector(0.15, 0.15, 0.2)


class Scene:
    """Things, one light, and the rules by which a ray gets its colour."""

    def __init__(self) -> None:
        self.light = Vector(-6.0, 9.0, -7.0)
        self.things: list[Thing] = [Floor()]
        for number in range(9):
            angle = number * 0.7
            centre = Vector(2.4 * math.cos(angle), 0.5 + 0.12 * number, 4.0 + 2.4 * math.sin(angle))
            tint = Vector(0.5 + 0.5 * math.sin(angle), 0.5 + 0.5 * math.cos(angle), 0.4 + 0.05 * number)
            self.things.append(Sphere(centre, 0.35 + 0.05 * number, tint, 0.3))

    def nearest(self, start: Vector, direction: Vector) -> tuple[float, Thing] | None:
        """Distance and thing of the first hit."""
        best: tuple[float, Thing] | None = None
        for thing in self.things:
            distance = thing.hit(start, direction)
            if distance is not None and (best is None or distance < best[0]):
                best = distance, thing
        return best

    def trace(self, start: Vector, direction: Vector, depth: int) -> Vector:
        """The colour that comes along a ray."""
        found = self.nearest(start, direction)
        if found is None:
            glow = 0.5 + 0.5 * max(direction.y, 0.0)
            return Vector(0.5 * glow, 0.7 * glow, glow)
        distance, thing = found
        point = start + direction.scaled(distance)
        normal = thing.normal(point)
        point = point + normal.scaled(1e-6)
        to_light = (self.light - point).unit()
        brightness = 0.1
        if normal.dot(to_light) > 0.0 and self.nearest(point, to_light) is None:
            brightness += 0.9 * normal.dot(to_light)
        colour = thing.colour(point).scaled(brightness)
        if thing.shine > 0.0 and depth > 0:
            mirrored = direction - normal.scaled(2.0 * normal.dot(direction))
            colour = colour.scaled(1.0 - thing.shine) + self.trace(point, mirrored, depth - 1).scaled(thing.shine)
        return colour


def render(size: int) -> bytes:
    """A picture of size x size pixels, three bytes each."""
    scene = Scene()
    eye = Vector(0.0, 2.0, -4.5)
    pixels = bytearray()
    for row in range(size):
        for column in range(size):
            direction = Vector((column - size / 2) / size, (size / 2 - row) / size - 0.1, 1.0).unit()
            colour = scene.trace(eye, direction, 3)
            for part in (colour.x, colour.y, colour.z):
                pixels.append(int(255.0 * min(max(part, 0.0), 1.0)))
    return bytes(pixels)


def main() -> None:
    """Command line, see the top of this file."""
    parser = argparse.ArgumentParser(description="a small ray tracer")
    parser.add_argument("--size", type=int, default=240, help="width and height in pixels")
    parser.add_argument("--output", type=Path, help="write the picture there (PPM)")
    options = parser.parse_args()
    began = time.perf_counter()
    pixels = render(options.size)
    seconds = time.perf_counter() - began
    print(f"picture {zlib.crc32(pixels):08x}, {seconds:.2f} s")
    if options.output:
        options.output.write_bytes(b"P6 %d %d 255\n" % (options.size, options.size) + pixels)


if __name__ == "__main__":
    main()
