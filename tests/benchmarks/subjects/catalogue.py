"""The subjects, in the order of the table."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from tests.benchmarks.rig import Rig
from tests.benchmarks.subjects.gorush import gorush
from tests.benchmarks.subjects.limit import load_generator
from tests.benchmarks.subjects.naive import naive_stack
from tests.benchmarks.subjects.peer import Peer, apns_job, fcm_job, node, own_python, python, running_peer
from tests.benchmarks.subjects.subject import Shape, Subject
from tests.benchmarks.subjects.worker import pipeline
from tests.benchmarks.turn import VENDORS

APNS, FCM, HUAWEI = (("apns",), ("fcm",), ("huawei",))


def _aioapns(rig: Rig) -> AbstractContextManager[Peer]:
    return running_peer(rig, "aioapns", python("aioapns_sender"), apns_job(rig))


def _aioapns_uvloop(rig: Rig) -> AbstractContextManager[Peer]:
    return running_peer(rig, "aioapns-uvloop", python("aioapns_sender"), apns_job(rig, uvloop=True))


def _node_apn(rig: Rig) -> AbstractContextManager[Peer]:
    return running_peer(rig, "node-apn", node("node_apn.cjs"), apns_job(rig))


def _pyfcm(rig: Rig) -> AbstractContextManager[Peer]:
    return running_peer(rig, "pyfcm", python("pyfcm_sender"), fcm_job(rig))


def _firebase_python(rig: Rig) -> AbstractContextManager[Peer]:
    return running_peer(rig, "firebase-python", own_python("firebase_admin_sender"), fcm_job(rig))


def _firebase_node(rig: Rig) -> AbstractContextManager[Peer]:
    return running_peer(rig, "firebase-node", node("firebase_admin.cjs"), fcm_job(rig))


_SUBJECTS = (
    Subject("worker-apns", "this worker, 1:1, APNs", APNS, pipeline),
    Subject("worker-fcm", "this worker, 1:1, FCM", FCM, pipeline),
    Subject("worker-huawei", "this worker, 1:1, Huawei", HUAWEI, pipeline),
    Subject("worker-mixed", "this worker, 1:1, all three", VENDORS, pipeline),
    Subject("worker-group", "this worker, groups, APNs", APNS, pipeline, shape=Shape.GROUPS),
    Subject("worker-huawei-group", "this worker, groups, Huawei", HUAWEI, pipeline, shape=Shape.GROUPS),
    Subject("aioapns", "aioapns, bare send", APNS, _aioapns),
    Subject("aioapns-uvloop", "aioapns on uvloop, bare send", APNS, _aioapns_uvloop),
    Subject("node-apn", "@parse/node-apn, bare send", APNS, _node_apn),
    Subject("pyfcm", "pyfcm in 32 threads, bare send", FCM, _pyfcm, share=0.2),
    Subject("firebase-python", "firebase-admin async, bare send", FCM, _firebase_python, share=0.1),
    Subject("firebase-node", "firebase-admin for Node, bare send", FCM, _firebase_node, share=0.5),
    Subject("gorush", "gorush, fed over its API", APNS, gorush),
    Subject("naive", "a Celery task an event, aioapns", APNS, naive_stack, share=0.1),
    Subject("h2load", "h2load, one body: the limit", APNS, load_generator, shape=Shape.ONE),
)
#: By name.
SUBJECTS: Mapping[str, Subject] = {subject.name: subject for subject in _SUBJECTS}
