#!/bin/sh
# The AWS CLI against an EC2 endpoint: the calls of scenario.py, their answers and error codes:  sh scenario.sh URL   (TAP)
url=${1:?usage: scenario.sh URL}
export AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_DEFAULT_REGION=us-east-1 AWS_MAX_ATTEMPTS=1 AWS_PAGER=''
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
number=0 failed=0 said=''

# call EXPECTED OPERATION...: the answer (in $said) matches the pattern, or is an error with this code
call() {
    expected=$1
    shift
    number=$((number + 1))
    said=$(aws ec2 "$@" --endpoint-url "$url" --output text 2>&1)
    status=$?
    case $expected in
    *.NotFound | *.Conflict | *.InUse | *.NotAttached | Invalid* | *Exceeded) [ $status -ne 0 ] && printf '%s' "$said" | grep -qF "($expected)" ;;
    *) [ $status -eq 0 ] && printf '%s\n' "$said" | grep -qE -e "$expected" ;;
    esac
    if [ $? -eq 0 ]; then
        echo "ok $number - $1: $expected"
    else
        failed=1
        echo "not ok $number - $1: $expected"
        printf '%s\n' "$said" | head -5 | sed 's/^/# /'
    fi
}

call '^us-east-1.$' describe-availability-zones --query 'AvailabilityZones[0].ZoneName'
zone=$said
call '^vpc-' create-vpc --cidr-block 10.20.0.0/16 --query Vpc.VpcId
vpc=$said
call '^subnet-' create-subnet --vpc-id "$vpc" --cidr-block 10.20.1.0/24 --availability-zone "$zone" --query Subnet.SubnetId
subnet=$said
call InvalidSubnet.Conflict create-subnet --vpc-id "$vpc" --cidr-block 10.20.1.0/25 --availability-zone "$zone"
call '^sg-' create-security-group --group-name web --description web --vpc-id "$vpc" --query GroupId
group=$said
call '^igw-' create-internet-gateway --query InternetGateway.InternetGatewayId
gateway=$said
call '^i-' run-instances --image-id ami-0123456789abcdef0 --instance-type t3.micro --count 1 --subnet-id "$subnet" --query 'Instances[0].InstanceId'
instance=$said
call '^running$' describe-instances --instance-ids "$instance" --query 'Reservations[0].Instances[0].State.Name'
call '^eni-' create-network-interface --subnet-id "$subnet" --private-ip-address 10.20.1.10 --groups "$group" --query NetworkInterface.NetworkInterfaceId
interface=$said
call InvalidIPAddress.InUse create-network-interface --subnet-id "$subnet" --private-ip-address 10.20.1.10
call '^available$' describe-network-interfaces --network-interface-ids "$interface" --query 'NetworkInterfaces[0].Status'
call '^eni-attach-' attach-network-interface --network-interface-id "$interface" --instance-id "$instance" --device-index 1 --query AttachmentId
attachment=$said
call InvalidParameterValue delete-network-interface --network-interface-id "$interface"
call '10.20.1.11' assign-private-ip-addresses --network-interface-id "$interface" --private-ip-addresses 10.20.1.11
call PrivateIpAddressLimitExceeded assign-private-ip-addresses --network-interface-id "$interface" --private-ip-addresses 10.20.1.12
call '^eipalloc-' allocate-address --domain vpc --query AllocationId
address=$said
call Gateway.NotAttached associate-address --allocation-id "$address" --network-interface-id "$interface"
call '^' attach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
call '^eipassoc-' associate-address --allocation-id "$address" --network-interface-id "$interface" --private-ip-address 10.20.1.11 --query AssociationId
association=$said
call InvalidIPAddress.InUse release-address --allocation-id "$address"
call '^10.20.1.11$' describe-addresses --allocation-ids "$address" --query 'Addresses[0].PrivateIpAddress'
call '^' disassociate-address --association-id "$association"
call '^' release-address --allocation-id "$address"
call '^' detach-network-interface --attachment-id "$attachment"
call '^' delete-network-interface --network-interface-id "$interface"
call InvalidNetworkInterfaceID.NotFound describe-network-interfaces --network-interface-ids "$interface"
call "^$instance\$" terminate-instances --instance-ids "$instance" --query 'TerminatingInstances[0].InstanceId'
call '^' delete-subnet --subnet-id "$subnet"
call InvalidVpcID.NotFound delete-vpc --vpc-id vpc-0
echo "1..$number"
exit $failed
