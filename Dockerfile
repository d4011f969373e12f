# The image of pbvote: the wheel and what it needs, nothing else. Runs as its own user, on a read-only file system.
FROM python:3.12-slim AS build
WORKDIR /source
COPY requirements requirements
RUN python -m venv /pbvote \
    && /pbvote/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt \
    && python -m venv /build \
    && /build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY . .
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /pbvote/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin pbvote \
    && install -d -o pbvote -g pbvote -m 700 /data /keys
COPY --from=build /pbvote /pbvote
ENV PATH=/pbvote/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PBVOTE_DATA_DIR=/data \
    PBVOTE_KEYS_DIR=/keys \
    PBVOTE_HOST=0.0.0.0 \
    PBVOTE_PORT=8000
USER pbvote
WORKDIR /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/api/health', timeout=4)"]
CMD ["pbvote", "serve"]
