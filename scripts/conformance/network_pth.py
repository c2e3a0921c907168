"""Weights as PyTorch stores them (`.pth`), read without PyTorch."""

import io
import pickle
import zipfile

import numpy as np

KINDS = {"FloatStorage": np.float32, "DoubleStorage": np.float64, "HalfStorage": np.float16, "LongStorage": np.int64, "IntStorage": np.int32, "ByteStorage": np.uint8}


class Reader(pickle.Unpickler):
    """Reads tensors, lists and dictionaries, and nothing that could run."""

    def __init__(self, file, storage):
        super().__init__(file)
        self.persistent_load = storage

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return type("Dictionary", (dict,), {})
        if module == "torch" and name in KINDS:
            return name
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, stride, *_: (storage, offset, size, stride)
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *_: tensor
        raise pickle.UnpicklingError(f"{module}.{name}")


def load(path):
    """Tensors by their names."""
    with open(path, "rb") as file:
        if zipfile.is_zipfile(path):
            data = zipfile.ZipFile(path)
            inner = next(name for name in data.namelist() if name.endswith("/data.pkl"))
            folder = inner.removesuffix("data.pkl")
            storage = lambda about: np.frombuffer(data.read(f"{folder}data/{about[2]}"), KINDS[about[1]])
            found = Reader(io.BytesIO(data.read(inner)), storage).load()
        else:
            # Three headers, the tensors, the names of storages, and then these.
            kinds = {}

            def storage(about):
                kinds[about[2]] = about[1]
                return about[2]

            for _ in range(3):
                Reader(file, storage).load()
            found = Reader(file, storage).load()
            storages = {}
            for name in Reader(file, storage).load():
                count = int.from_bytes(file.read(8), "little")
                storages[name] = np.frombuffer(file.read(count * np.dtype(KINDS[kinds[name]]).itemsize), KINDS[kinds[name]])
            found = {key: (storages[value[0]], *value[1:]) if isinstance(value, tuple) else value for key, value in found.items()}
    found = found.get("state_dict", found)
    made = {}
    for key, (values, offset, size, stride) in ((k, v) for k, v in found.items() if isinstance(v, tuple)):
        steps = [step * values.itemsize for step in stride]
        made[key] = np.lib.stride_tricks.as_strided(values[offset:], size, steps).copy()
    return made
