# lockgate alone: no shell, no package manager, no user that could be root. The folder was assembled by .ci/releases/image-root
# from an executable that needs no library; nothing is downloaded or run while the image is built.
#
#     .ci/releases/image-root target/x86_64-unknown-linux-gnu/dist/lockgate target/image/amd64
#     docker build --tag lockgate .
#     docker run --rm --volume "$PWD:/work" lockgate status --app shop --resource-group prod --subscription ID
FROM scratch
ARG TARGETARCH
COPY target/image/${TARGETARCH}/ /
COPY --chown=65532:65532 target/image/${TARGETARCH}/home/ /home/
COPY --chown=65532:65532 target/image/${TARGETARCH}/work/ /work/
ENV HOME=/home/lockgate PATH=/usr/bin
# By number, so that Kubernetes and Container Apps can see that it is not root.
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/bin/lockgate"]
CMD ["--help"]
