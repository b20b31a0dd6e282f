# One image for every role; the role is the command: migrate, broker, ingest, judge, serve.
FROM node:22.21.1-bookworm-slim AS assets
WORKDIR /gongche
COPY package.json package-lock.json .npmrc ./
COPY api/static/vendor.mjs api/static/
RUN npm ci --omit=dev

FROM python:3.11.14-slim-bookworm AS build
WORKDIR /gongche
RUN python -m venv /opt/gongche
COPY requirements.txt ./
RUN /opt/gongche/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
COPY --from=assets /gongche/api/static/vendor api/static/vendor
COPY --from=assets /gongche/gongche/press/fonts gongche/press/fonts
RUN /opt/gongche/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin gongche \
    && install --directory --owner gongche --mode 0711 /var/lib/gongche \
    && install --directory --owner gongche --mode 0700 /var/lib/gongche/broker
COPY --from=build /opt/gongche /opt/gongche
ENV PATH=/opt/gongche/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 GONGCHE_DATA_FOLDER=/var/lib/gongche
USER 10001
WORKDIR /var/lib/gongche
VOLUME /var/lib/gongche
ENTRYPOINT ["gongche"]
CMD ["--help"]
