"""Reads an object file of whichever known format it is."""

import struct

import objects_coff
import objects_elf
import objects_macho
from objects import ObjectError, ObjectFile


def read_object(data: bytes) -> ObjectFile:
    """Parse an object file; raises ObjectError, also for a file that is cut off or inconsistent."""
    try:
        if objects_elf.recognise(data):
            return objects_elf.parse(data)
        if objects_macho.recognise(data):
            return objects_macho.parse(data)
        if objects_coff.recognise(data):
            return objects_coff.parse(data)
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise ObjectError(f"damaged object file: {error}") from error
    raise ObjectError(f"unknown object file format (starts with {data[:4].hex() or 'nothing'})")
